/* Cells that readers edit and run in the page. site_builder/weave.py marks them; python.js runs them. */
"use strict";

(() => {
  const SCRIPTS = new URL(".", document.currentScript.src);
  const make = (...parts) => cnnGuide.make(...parts);
  const cells = new Map(); // of the page that is shown: number → cell
  let visit = 0; // each visit of a page begins with fresh variables
  let ran = { generation: 0, numbers: new Set() }; // what Python has run on this visit

  function enhance(box) {
    const bar = box.querySelector(".live__bar");
    const block = box.querySelector(".cell");
    if (!bar || !block || box.dataset.ready) return;
    box.dataset.ready = "yes";
    const number = Number(box.dataset.cell);
    const cell = { number, box, bar, shown: [...box.children].filter((child) => child !== block && child !== bar) };
    cell.editor = cnnGuide.editor(block, { label: `Cell ${number}, Python code`, onRun: () => run(cell) });
    cell.run = make("button", { type: "button", class: "live__run", title: "Run (Ctrl+Enter in the code)" }, "Run");
    cell.stop = make("button", { type: "button", hidden: "" }, "Stop");
    cell.reset = make("button", { type: "button", hidden: "" }, "Reset");
    cell.status = make("span", { class: "live__status", role: "status" });
    cell.progress = make("progress", { max: 1, value: 0, "aria-label": "Loading Python", hidden: "" });
    cell.output = make("div", { class: "live__output", hidden: "" });
    cell.run.addEventListener("click", () => run(cell));
    cell.stop.addEventListener("click", () => {
      cell.run.hidden = false;
      cell.run.focus();
      cnnGuide.python.stop();
    });
    cell.reset.addEventListener("click", () => reset(cell));
    cell.editor.element.addEventListener("input", () => { cell.reset.hidden = false; });
    bar.append(cell.run, cell.stop, cell.reset, cell.progress, cell.status);
    box.append(cell.output);
    cells.set(number, cell);
  }

  async function run(cell) {
    if (cell.busy) return;
    cell.busy = true;
    busy(cell, true);
    say(cell, "");
    const before = await earlier(cell.number);
    const started = cnnGuide.python.generation;
    let result = null;
    for (const { number, code } of before) {
      if (number > 0) say(cell, `Running cell ${number} first, which this one needs …`);
      result = await execute(cell, { number, code, onOutput: undefined });
      if (!result.ok) break;
    }
    if (!result || result.ok) {
      const page = openOutput(cell);
      result = await execute(cell, { number: cell.number, code: cell.editor.value, onOutput: page });
    }
    cell.busy = false;
    busy(cell, false);
    finish(cell, result, before, started);
  }

  async function execute(cell, { number, code, onOutput }) {
    let begun = performance.now();
    const result = await cnnGuide.python.execute({
      page: `${location.pathname} ${visit}`,
      code,
      label: `Cell In[${number}]`,
      onOutput,
      onStart: () => {
        begun = performance.now(); // loading is not the code's own time
        cell.progress.hidden = true;
        if (number === cell.number) say(cell, "Running …");
      },
      onProgress: ({ loaded, total, text }) => {
        Object.assign(cell.progress, { hidden: false, value: loaded / total });
        say(cell, text);
      },
    });
    forget();
    if (result.ok) ran.numbers.add(number);
    return { ...result, number, seconds: (performance.now() - begun) / 1000 };
  }

  /* A worker that was ended has taken what its cells defined along. */
  function forget() {
    const { generation } = cnnGuide.python;
    if (ran.generation !== generation || cnnGuide.python.state === "off") ran = { generation, numbers: new Set() };
  }

  /* The earlier cells that have to run first: by the page's data where there is some, or else all live ones. */
  async function earlier(number) {
    forget();
    const data = await cnnGuide.pageData().catch(() => null); // without it, every live cell above runs first
    const needed = data?.cells?.[number]?.needs ?? [...cells.keys()].filter((other) => other < number);
    const code = (other) => cells.get(other)?.editor.value ?? data?.cells?.[other]?.code ?? data?.hidden?.[other] ?? "";
    return needed.filter((other) => !ran.numbers.has(other)).map((other) => ({ number: other, code: code(other) }));
  }

  function openOutput(cell) {
    cell.shown.forEach((element) => { element.hidden = true; });
    cell.output.replaceChildren();
    cell.output.hidden = false;
    return ({ kind, data }) => cnnGuide.output.show(cell.output, kind, data);
  }

  function finish(cell, result, before, generation) {
    cell.reset.hidden = false;
    if (result.error) {
      openIfNeeded(cell);
      cnnGuide.output.show(cell.output, "traceback", result.error.text);
    }
    if (result.error?.type === "ModuleNotFoundError") cnnGuide.output.show(cell.output, "note", MISSING);
    cnnGuide.output.reach(cell.output);
    say(cell, result.stopped ? stopped(result) : result.error ? failed(result, cell) : done(result, before));
  }

  const MISSING = "In the page there are Python's standard library and the parts of cnn_guide that need no PyTorch. " +
    "The notebook of this page runs with everything.";

  function stopped({ stopped: by, lost }) {
    const why = by === "limit" ? "Stopped: it took too long." : "Stopped.";
    if (!lost) return why;
    return `${why} Python itself had to be ended, so the variables are gone; the next Run makes anew those that it needs.`;
  }

  function failed({ error, number }, cell) {
    if (!error.type) return "Python did not run.";
    const line = error.line ? ` on line ${error.line}` : "";
    return `${error.type}${line}${number === cell.number ? "" : ` of cell ${number}, which this one needs`}.`;
  }

  function done({ seconds }, before) {
    const first = before.map(({ number }) => number).filter((number) => number > 0); // the others are imports alone
    const said = first.length ? ` ${first.length > 1 ? "Cells" : "Cell"} ${first.join(", ")} ran first.` : "";
    return `Done in ${seconds < 0.1 ? "less than 0.1" : seconds.toFixed(1)} s.${said}`;
  }

  const openIfNeeded = (cell) => cell.output.hidden && openOutput(cell);

  function busy(cell, on) {
    const had = cell.run === document.activeElement || cell.stop === document.activeElement;
    cell.box.classList.toggle("live--busy", on);
    cell.stop.hidden = !on;
    cell.run.hidden = on;
    if (!on) cell.progress.hidden = true;
    if (had) (on ? cell.stop : cell.run).focus();
  }

  function reset(cell) {
    if (cell.busy) cnnGuide.python.stop();
    cell.editor.reset();
    cell.shown.forEach((element) => { element.hidden = false; });
    cell.output.replaceChildren();
    cell.output.hidden = true;
    cell.run.focus();
    cell.reset.hidden = true;
    say(cell, "As it was.");
  }

  const say = (cell, text) => {
    if (cell.status.textContent !== text) cell.status.textContent = text;
  };

  async function begin() {
    const found = document.querySelectorAll(".live:not([data-ready])");
    if (!found.length) return;
    await Promise.all(["python.js", "editor.js", "output.js"].map((file) => cnnGuide.load(file, SCRIPTS)));
    visit += 1;
    ran = { generation: cnnGuide.python.generation, numbers: new Set() };
    cells.clear();
    found.forEach(enhance);
  }

  /* `document$` is Material's: it emits at the start and after every instant change of page. */
  document$.subscribe(() => begin().catch(() => {})); // without its scripts a cell can still be read
})();
