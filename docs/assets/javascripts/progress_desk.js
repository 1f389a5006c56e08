/* The page of a reader's progress: what is reached, saved to a file, loaded from one, erased. Loaded by progress.js. */
"use strict";

cnnGuide.progressDesk = () => {
  const desk = document.querySelector(".progress-desk");
  if (!desk || desk.dataset.live) return;
  desk.dataset.live = "yes";

  const { make, progress } = cnnGuide;
  const { Refused, parse, toText, merge, solved } = cnnGuide.progressRecord;
  const button = (label, pressed, kind = "") => {
    const element = make("button", { type: "button", class: `md-button ${kind}`.trim() }, label);
    element.addEventListener("click", pressed);
    return element;
  };
  const some = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;

  /* What is reached --------------------------------------------------- */

  const lessons = [...document.querySelectorAll(".lesson-map li")];
  const total = (name) => lessons.reduce((sum, item) => sum + Number(item.dataset[name]), 0);
  const count = (record) => {
    const pages = [...record.values()];
    const right = (kind) => pages.reduce((sum, page) => sum + solved(page, kind), 0);
    return { lessons: pages.filter((page) => page.finished).length, questions: right("quiz"), exercises: right("exercise") };
  };
  const inWords = ({ lessons, questions, exercises }) => {
    const amounts = [[lessons, "finished lesson"], [questions, "right answer"], [exercises, "solved exercise"]];
    const words = amounts.filter(([count]) => count).map((pair) => some(...pair));
    return words.length ? new Intl.ListFormat("en").format(words) : "no right answer yet";
  };

  const ROWS = [["lessons", "Lessons finished"], ["questions", "Questions answered correctly"], ["exercises", "Exercises solved"]];
  const all = { lessons: lessons.length, questions: total("quizzes"), exercises: total("exercises") };
  const list = make("dl", { class: "progress-desk__counts" });

  function showCounts() {
    const found = count(progress.read());
    const rows = ROWS.filter(([name]) => all[name]).map(([name, label]) => {
      const reached = Math.min(found[name], all[name]);
      const bar = make("span", { class: "progress-desk__bar", "aria-hidden": "true" }, make("span", {}));
      bar.firstChild.style.width = `${(100 * reached) / all[name]}%`;
      return make("div", {}, make("dt", {}, label), make("dd", {}, bar, make("span", {}, `${reached} of ${all[name]}`)));
    });
    list.replaceChildren(...rows);
    const nothing = !progress.read().size;
    [save, erase].forEach((element) => { element.disabled = nothing; });
  }

  /* Save, load, erase -------------------------------------------------- */

  const status = make("p", { role: "status", class: "progress-desk__status" });
  const say = (text, wrong = false) => {
    status.dataset.wrong = wrong;
    status.replaceChildren(text);
  };

  const save = button("Save to a file", () => {
    const url = URL.createObjectURL(new Blob([toText(progress.read())], { type: "application/json" }));
    const name = `cnn-guide-progress-${progress.today()}.json`;
    make("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000); // some browsers ask the reader first where to put it
    say(`Saved as ${name}, in the folder of your downloads.`);
  });

  const input = make("input", { type: "file", accept: ".json,application/json", hidden: "" });
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    try {
      if (file.size > 2_000_000) throw new Refused("it is far larger than a progress file"); // not even read
      const other = parse(await file.text());
      progress.change((record) => merge(record, other));
      say(`Loaded ${file.name}, with ${inWords(count(other))}, and joined it to what was here.`);
    } catch (error) {
      const reason = error instanceof Refused ? error.message : "it cannot be read";
      say(`${file.name} was not loaded: ${reason}. Nothing has changed.`, true);
    }
    input.value = ""; // so that the same file can be tried again
  });
  const loadFile = button("Load from a file", () => input.click());

  const question = make("p", { id: "erase-question" });
  const dialog = make("dialog", { class: "progress-desk__dialog", "aria-labelledby": "erase-question" }, question,
    make("form", { method: "dialog" }, make("button", { class: "md-button" }, "Keep"), make("button", { class: "md-button", value: "erase" }, "Erase")));
  dialog.addEventListener("close", () => {
    const really = dialog.returnValue === "erase";
    dialog.returnValue = "";
    if (really) progress.erase();
    if (really) say("Erased: nothing is kept any more.");
    (really ? loadFile : erase).focus();
  });
  const erase = button("Erase", () => {
    question.replaceChildren(`Erase what this browser keeps: ${inWords(count(progress.read()))}? Only a file that you have saved brings it back.`);
    dialog.showModal();
  });

  /* ------------------------------------------------------------------- */

  desk.replaceChildren(list, make("p", { class: "progress-desk__actions" }, save, loadFile, erase, input), status, dialog);
  document.addEventListener("cnn-guide:progress", () => desk.isConnected && showCounts());
  showCounts();
  if (!progress.keeps()) say("This browser does not let the site keep anything: your progress is forgotten when you leave.", true);
};
