/* Runs readers' Python, apart from the page, so that the page stays alive whatever the code does. A module worker.
   site_builder/pyodide.py publishes what it loads; site_builder/interpreter.py, what runs the code. */

const ROOT = new URL("../../", self.location.href);
const INTERRUPT = 2; // the number of the signal that Ctrl+C sends
const LOOK = 100; // milliseconds between two looks at whether the reader wants to stop
const BURST = 300; // pieces of output that are handed on one by one; what comes after is gathered
const MOST = 100_000; // characters of output: more would only slow the page down

const post = (message) => self.postMessage(message);
const run = { armed: false, deadline: 0, look: 0, flag: "", stopped: false };
const output = { pieces: [], count: 0, length: 0, sent: 0, cut: false };

/* Python looks at element 0 every few steps, for signals. No memory is shared with the page (that would take HTTP
   headers that a static site cannot send), so we look at the clock, and whether the page still keeps its flag up. */
const signals = {
  get 0() {
    const now = performance.now();
    if (now - output.sent > LOOK) flush();
    if (!run.armed || now < run.look) return 0;
    run.look = now + LOOK;
    if (now > run.deadline) run.stopped = "limit";
    else if (!isUp(run.flag)) run.stopped = "reader";
    return run.stopped ? INTERRUPT : 0;
  },
  set 0(_) {},
};

/* The flag is an address that the page can take back while this thread is busy. */
function isUp(flag) {
  const request = new XMLHttpRequest();
  request.open("GET", flag, false);
  try {
    request.send();
    return request.status === 200;
  } catch {
    return false;
  }
}

function show(kind, data) {
  const room = MOST - output.length;
  if (output.cut) return;
  if (data.length > room) {
    output.cut = true;
    if (kind !== "html") output.pieces.push({ kind, data: data.slice(0, room) });
    output.pieces.push({ kind: "cut", data: `Output is cut after ${MOST.toLocaleString("en")} characters.` });
    flush();
    return;
  }
  output.length += data.length;
  output.count += 1;
  const last = output.pieces.at(-1);
  if (last?.kind === kind && kind !== "html") last.data += data;
  else output.pieces.push({ kind, data });
  if (output.count < BURST || performance.now() - output.sent > LOOK) flush();
}

function flush() {
  output.sent = performance.now();
  if (output.pieces.length) post({ kind: "output", outputs: output.pieces.splice(0) });
}

/* Counts the bytes of what is fetched, so that the reader sees how far it is. */
function countFetches(files) {
  const fetch = self.fetch.bind(self);
  let loaded = 0;
  self.fetch = async (...request) => {
    const response = await fetch(...request).catch(({ message }) => ({ ok: false, status: message }));
    if (!response.ok) { // said here, since Pyodide waits for ever for a file that does not come
      post({ kind: "broken", message: `${request[0].url ?? request[0]}: ${response.status}` });
      throw new Error("not loaded");
    }
    const counter = new TransformStream({
      transform(chunk, controller) {
        loaded += chunk.length;
        post({ kind: "progress", loaded: Math.min(1, loaded / files.bytes), download: files.download });
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(counter), response);
  };
}

async function load() {
  const files = await (await fetch(new URL("assets/python/files.json", ROOT))).json();
  post({ kind: "progress", loaded: 0, download: files.download });
  countFetches(files);
  const get = (address) => fetch(new URL(address, ROOT));
  const packages = Promise.all([get(files.wheel).then((got) => got.arrayBuffer()), get(files.interpreter).then((got) => got.text())]);
  const indexURL = new URL(files.pyodide, ROOT).href;
  const { loadPyodide } = await import(`${indexURL}pyodide.mjs`);
  const pyodide = await loadPyodide({ indexURL });
  const [wheel, interpreter] = await packages;
  pyodide.unpackArchive(wheel, "wheel");
  const source = pyodide.globals.get("dict")();
  pyodide.runPython(interpreter, { globals: source, filename: "interpreter.py" });
  pyodide.setInterruptBuffer(signals);
  post({ kind: "ready" });
  return source.get("execute");
}

const arm = () => { run.armed = true; };
const disarm = () => { run.armed = false; };

const loading = load();
self.onmessage = async ({ data: { limit, flag, ...request } }) => {
  try {
    const execute = await loading;
    post({ kind: "started" });
    Object.assign(run, { flag, look: 0, deadline: performance.now() + limit * 1000, stopped: false });
    Object.assign(output, { pieces: [], count: 0, length: 0, cut: false });
    const result = JSON.parse(execute(JSON.stringify(request), show, arm, disarm));
    flush();
    const stopped = run.stopped;
    post({ kind: "done", result: { ...result, error: stopped ? null : result.error, stopped } });
  } catch (error) { // Python itself broke, or did not load
    flush();
    post({ kind: "broken", message: String(error?.message ?? error) });
  }
};
