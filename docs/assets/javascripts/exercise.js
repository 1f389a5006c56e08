/* Lets the reader work on the exercises of a page. Without it they can be read: task, stub, and the solution folded
   away. site_builder/exercise.py writes the markup, page.js beside the page holds the checks, python.js runs them. */
"use strict";

(() => {
  const scripts = new URL(".", document.currentScript.src);
  const LIMIT = 10; // seconds that an answer may take
  const { make } = cnnGuide;
  const paragraph = (...content) => make("p", {}, ...content);
  const button = (text, name = "md-button") => make("button", { type: "button", class: name }, text);
  const stub = (box) => box.querySelector(".exercise__stub");
  const data = async (box) => (await cnnGuide.pageData()).exercises[box.id.replace("exercise-", "")];

  function announce(box, right) {
    const detail = { kind: "exercise", id: box.id, right };
    document.dispatchEvent(new CustomEvent("cnn-guide:result", { detail }));
  }

  /* Buttons below the stub, and a place for what is said; `say(word, right, …)`: right is undefined where nothing was
     judged. */
  function tools(box, ...buttons) {
    const status = make("div", { class: "exercise__verdict", role: "status" });
    stub(box).after(make("div", { class: "exercise__tools" }, ...buttons), status);
    return (word, right, ...rest) => {
      if (right === undefined) delete status.dataset.right;
      else status.dataset.right = right;
      status.replaceChildren(...(word ? [paragraph(make("strong", {}, word))] : []), ...rest);
    };
  }

  /* What the reader has typed outlives a change of page, as long as the tab; storage may be blocked. */
  const drafts = {
    key: (box) => `cnn-guide:draft:${location.pathname}#${box.id}`,
    read: (box) => { try { return sessionStorage.getItem(drafts.key(box)); } catch { return null; } },
    write: (box, text) => { try { sessionStorage.setItem(drafts.key(box), text); } catch { /* then it is forgotten */ } },
  };

  const STOPPED = {
    reader: "It had not come to its end.",
    limit: `It had not come to its end after ${LIMIT} seconds. Does a loop run for ever?`,
  };

  /* What Python answered → what to say. A failed check speaks for itself; another error names its line. */
  function verdict({ ok, passed, error, stopped }) {
    if (stopped) return ["Stopped.", undefined, paragraph(STOPPED[stopped])];
    if (ok && passed) return ["Right.", true, paragraph("Compare your way with the solution below.")];
    if (error.type === "") return ["Not checked.", undefined, paragraph(error.message)];
    if (error.type === "AssertionError") return ["Not yet.", false, paragraph(sentence(error.message))];
    const place = error.line ? `Line ${error.line}: ` : "";
    return ["Not yet.", false, paragraph(place, make("code", {}, `${error.type}: ${error.message}`))];
  }

  /* The messages of checks begin in lower case, as messages of errors do. */
  const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");

  async function edit(box, run) {
    await Promise.all(["python.js", "editor.js"].map((file) => cnnGuide.load(file, scripts)));
    const name = box.querySelector("h3").textContent.replace(/#$/, ""); // the sign is the link to it
    const editor = cnnGuide.editor(stub(box), { label: `Your answer: ${name}`, onRun: run });
    const draft = drafts.read(box);
    if (draft) editor.value = draft;
    editor.element.addEventListener("input", () => drafts.write(box, editor.value));
    return editor;
  }

  function answerable(box) {
    const [check, again, wait] = [button("Check", "md-button md-button--primary"), button("Start again"), make("progress")];
    const say = tools(box, check, again, wait);
    let opened = null;
    let running = false;
    const editor = () => (opened ??= edit(box, run).catch((error) => { opened = null; throw error; }));
    const show = (on) => {
      running = on;
      check.textContent = on ? "Stop" : "Check";
      wait.hidden = true;
    };

    async function ask() {
      const { value } = await editor();
      const printed = [];
      let told = false;
      const result = await cnnGuide.python.execute({
        page: location.pathname, code: value, check: (await data(box)).check, fresh: true, limit: LIMIT, label: "Your answer",
        onOutput: ({ kind, data: text }) => { if (kind !== "html") printed.push(text); },
        onProgress: ({ loaded, total }) => { // said once, drawn on
          if (!told) say(`Loading Python, ${(total / 1e6).toFixed(0)} MB, once …`);
          told = true;
          Object.assign(wait, { hidden: false, max: total, value: loaded });
        },
        onStart: () => { wait.hidden = true; say("Checking …"); },
      });
      return [result, printed.join("")];
    }

    const missing = () =>
      say("Not checked.", undefined, paragraph("A file of this page did not load. Are you connected? Then try again."));

    async function run() {
      if (running) return cnnGuide.python.stop();
      show(true);
      say("Checking …");
      try {
        judge(...await ask());
      } catch {
        missing();
      }
      show(false);
    }

    function judge(result, printed) {
      if (!box.isConnected) return; // the reader is on another page by now
      const [word, right, ...rest] = verdict(result);
      if (printed.trim()) rest.push(paragraph("It printed:"), make("pre", {}, make("code", { tabindex: 0 }, printed.trimEnd())));
      say(word, right, ...rest);
      if (right) box.querySelector(".exercise__solution").open = true;
      if (right !== undefined) announce(box, right);
    }

    async function startAgain() {
      const field = await editor();
      const before = field.value;
      const put = (text) => { field.value = text; drafts.write(box, text); field.focus(); };
      const back = button("Bring my answer back");
      field.reset();
      put(field.value);
      back.addEventListener("click", () => { say(""); put(before); });
      say("Back at the start.", undefined, back);
    }

    show(false);
    check.addEventListener("click", run);
    again.addEventListener("click", () => startAgain().catch(missing));
    near.set(box, editor);
    watch.observe(box);
  }

  /* The editor is loaded when a reader comes near. */
  const near = new WeakMap();
  const watch = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watch.unobserve(target);
      near.get(target)().catch(() => {}); // Check tries again, and says what is wrong
    }
  }, { rootMargin: "50% 0px" });

  /* What needs more than the page has is done elsewhere, with the same check. */
  function copyable(box) {
    const [copy, solved] = [button("Copy with its check"), button("I have solved it")];
    const say = tools(box, copy, solved);
    copy.addEventListener("click", async () => {
      try {
        const { stub: code, check } = await data(box);
        await navigator.clipboard.writeText(`${code}\n\n# Check\n${check}`);
        say("Copied.", undefined, paragraph("When it runs without an error, your answer is right."));
      } catch {
        say("Not copied.", undefined, paragraph("The browser does not allow it. The notebook has the same code."));
      }
    });
    solved.addEventListener("click", () => {
      say("Well done.", true, paragraph("Compare your way with the solution below."));
      box.querySelector(".exercise__solution").open = true;
      announce(box, true);
    });
  }

  function enhance(box) {
    box.dataset.live = "yes";
    if (box.dataset.runs === "yes") answerable(box);
    else copyable(box);
  }

  /* `document$` is Material's: it emits at the start and after every instant change of page. */
  document$.subscribe(() => document.querySelectorAll(".exercise:not([data-live])").forEach(enhance));
})();
