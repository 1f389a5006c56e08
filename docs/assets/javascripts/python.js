/* Python in the page: `cnnGuide.python.execute(…)` runs code in one worker, which is started at the first call and
   survives instant changes of page. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.python ??= (() => {
  const WORKER = new URL("python_worker.js", document.currentScript.src);
  const LIMIT = 30; // seconds that code may take, where the caller says nothing
  const GRACE = 1000; // milliseconds that Python gets to stop by itself, which keeps its variables

  const python = { state: "off", generation: 0, execute, stop, obstacle };
  let worker = null;
  let loaded = false;
  let current = null; // what runs now: the request, its callbacks, and how to settle it
  const waiting = [];

  /* Why Python cannot run here, or "". */
  function obstacle() {
    if (location.protocol === "file:") {
      return "Browsers do not let a page that is opened from a folder start Python. It runs on the site itself, " +
        "and where the folder is served, for example by “python -m http.server”.";
    }
    if (typeof WebAssembly !== "object" || typeof Worker !== "function") {
      return "Python runs here through WebAssembly, which this browser lacks or has switched off.";
    }
    return "";
  }

  /* Resolves with { ok, passed, error: { type, message, line, text } or null, stopped: false, "reader" or "limit",
     lost: whether the variables of the page are gone }. */
  function execute(options) {
    return new Promise((resolve) => {
      waiting.push({ ...options, resolve });
      if (!current) next();
    });
  }

  function next() {
    current = waiting.shift() ?? null;
    if (!current) return;
    const refused = obstacle();
    if (refused) return fail(refused);
    const { page, code, check = null, fresh = false, limit = LIMIT, label = "Your code" } = current;
    current.limit = limit;
    current.flag = URL.createObjectURL(new Blob(["run"])); // taken back to ask the worker to stop
    begin();
    if (loaded) python.state = "running";
    worker.postMessage({ page, code, check, fresh, limit, label, flag: current.flag });
  }

  function begin() {
    if (worker) return;
    loaded = false;
    python.generation += 1;
    python.state = "loading";
    worker = new Worker(WORKER, { type: "module" });
    worker.onmessage = ({ data }) => hear[data.kind](data);
    worker.onerror = () => hear.broken({ message: "" });
  }

  const hear = {
    progress: ({ loaded: share, download }) => current?.onProgress?.({
      loaded: share * download,
      total: download,
      text: share < 1 ? `Loading Python: ${megabytes(share * download)} of ${megabytes(download)} MB` : "Starting Python …",
    }),
    ready() {
      loaded = true;
      if (!current) python.state = "idle";
    },
    started() {
      python.state = "running";
      current.onStart?.();
      current.timer = setTimeout(() => end("limit"), current.limit * 1000 + GRACE); // if Python cannot stop itself
    },
    output: ({ outputs }) => outputs.forEach((output) => current?.onOutput?.(output)),
    done: ({ result }) => settle({ ...result, lost: false }),
    broken({ message }) {
      const text = loaded
        ? `Python itself broke off (${message}). The variables are gone; the next Run starts it anew.`
        : `Python did not load${message ? ` (${message})` : ""}. Are you connected? Then try again.`;
      kill();
      fail(text);
    },
  };

  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

  function settle(result) {
    const { resolve, timer, flag } = current;
    clearTimeout(timer);
    if (flag) URL.revokeObjectURL(flag);
    python.state = !worker ? "off" : loaded ? "idle" : "loading";
    current = null;
    resolve(result);
    next();
  }

  function fail(message) {
    if (!current) return;
    settle({ ok: false, passed: null, stopped: false, lost: true, error: { type: "", message, line: null, text: message } });
  }

  /* Asks Python to stop, which keeps the variables; if it does not hear, within a loop in C, it is ended. */
  function stop() {
    for (const { resolve } of waiting.splice(0)) {
      resolve({ ok: false, passed: null, error: null, stopped: "reader", lost: false });
    }
    if (!current) return;
    URL.revokeObjectURL(current.flag);
    const stopped = current;
    const patience = loaded ? GRACE : 0;
    setTimeout(() => current === stopped && end("reader"), patience);
  }

  function end(stopped) {
    const lost = loaded;
    kill();
    if (lost) begin(); // so that the next Run need not wait as long
    settle({ ok: false, passed: null, error: null, stopped, lost });
  }

  function kill() {
    worker?.terminate();
    worker = null;
    loaded = false;
  }

  return python;
})();
