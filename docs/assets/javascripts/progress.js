/* Keeps a reader's progress in this browser alone, and shows it: beside each question, at the end of a lesson, on the
   map of lessons and in the navigation. progress_record.js knows the format, progress_desk.js the page of its own.
   Whoever judges an answer tells us by an event: see below. */
"use strict";

(() => {
  const { empty, parse, toText, pageOf, note, finish, prune, solved, fingerprint } = cnnGuide.progressRecord;
  const KEY = "cnn-guide.progress";
  const UNREAD = `${KEY}.unread`; // what was stored and could not be read, kept in case that a newer site can
  const scripts = new URL(".", document.currentScript.src);
  const root = new URL("../../", scripts);

  /* Storage ------------------------------------------------------------ */

  let memory; // the text, once the browser has refused to keep it: it lasts until the reader leaves

  function load() {
    if (memory !== undefined) return memory;
    try {
      return localStorage.getItem(KEY) ?? "";
    } catch {
      return (memory = "");
    }
  }

  function keep(text) {
    try {
      if (memory === undefined) localStorage.setItem(KEY, text);
      else memory = text;
    } catch {
      memory = text;
    }
  }

  /* Always read anew: another tab may have written meanwhile. */
  function read() {
    const text = load();
    if (!text) return empty();
    try {
      return parse(text);
    } catch {
      try {
        localStorage.setItem(UNREAD, text);
      } catch { /* then it cannot be kept */ }
      return empty();
    }
  }

  function change(how) {
    const record = read();
    how(record);
    keep(toText(record));
    show();
  }

  function erase() {
    if (memory !== undefined) memory = "";
    try {
      localStorage.removeItem(KEY);
      localStorage.removeItem(UNREAD);
    } catch { /* there is nothing */ }
    show();
  }

  const today = () => {
    const now = new Date();
    return new Date(now - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
  };
  const spelled = (day) => new Date(`${day}T12:00`).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });

  /* Where a link leads within the site: "foundations/pooling/"; null elsewhere. */
  function pathOf({ origin, pathname }) {
    const inside = origin === root.origin && pathname.startsWith(root.pathname);
    return inside ? pathname.slice(root.pathname.length).replace(/index\.html$/, "") : null;
  }

  /* Questions ---------------------------------------------------------- */

  const asked = () => [...document.querySelectorAll(".quiz[id], .exercise[id]")];
  /* a changed question is a new one; its text is read once, before anything writes into it */
  const texts = new WeakMap();
  function questionOf(element) {
    if (!texts.has(element)) {
      const question = element.querySelectorAll(".quiz__question, :scope > h3, :scope > p:not([class])");
      texts.set(element, fingerprint([...question].map((part) => part.textContent).join(" ")));
    }
    return texts.get(element);
  }

  function setText(element, text) {
    if (element && element.textContent !== text) element.textContent = text;
  }

  /* A word on the frame of a question, where it moves nothing. */
  function markQuestion(element, result) {
    let mark = element.querySelector(":scope > .progress-mark");
    if (!result) return mark?.remove();
    if (!mark) element.prepend((mark = cnnGuide.make("p", { class: "progress-mark" })));
    mark.dataset.right = result.right;
    const word = element.matches(".quiz") ? "answered correctly" : "solved";
    setText(mark, result.right ? `✓ ${word}, ${spelled(result.date)}` : "tried, not right yet");
    return mark;
  }

  document.addEventListener("cnn-guide:result", ({ detail: { id, right } }) => {
    const element = document.getElementById(id);
    const path = pathOf(location);
    if (!element || path === null) return;
    change((record) => note(record, path, id, { right, date: today(), question: questionOf(element) }));
  });

  /* Lessons ------------------------------------------------------------ */

  const amount = (found, count, words) => (count && found ? `${found} of ${count} ${words}` : "");
  const solvedWords = (page, quizzes, exercises) => [
    amount(Math.min(solved(page, "quiz"), quizzes), quizzes, quizzes === 1 ? "question" : "questions"),
    amount(Math.min(solved(page, "exercise"), exercises), exercises, exercises === 1 ? "exercise" : "exercises"),
  ].filter(Boolean);

  function markEnd(page) {
    const end = document.querySelector(".lesson-end");
    if (!end) return;
    const counts = solvedWords(page, document.querySelectorAll(".quiz").length, document.querySelectorAll(".exercise").length);
    setText(end.querySelector(".lesson-end__counts"), counts.length ? `Answered correctly: ${counts.join(" and ")}.` : "");
    setText(end.querySelector(".lesson-end__state"), page.finished ? `✓ Finished on ${spelled(page.finished)}.` : "Have you read to here, and tried the questions?");
    setText(end.querySelector("button"), page.finished ? "Not finished after all" : "Mark as finished");
    end.dataset.finished = Boolean(page.finished);
  }

  function markMap(item, record) {
    const page = pageOf(record, pathOf(item.querySelector("a")));
    let mark = item.querySelector(".lesson-map__progress");
    if (!page.finished && !page.results.size) return mark?.remove();
    if (!mark) item.querySelector(".lesson-map__time").after((mark = cnnGuide.make("span", { class: "lesson-map__progress" })));
    const words = solvedWords(page, Number(item.dataset.quizzes), Number(item.dataset.exercises));
    setText(mark, [page.finished ? "✓ finished" : "", ...words].filter(Boolean).join(" · "));
    return mark;
  }

  /* The sign is drawn by the style sheet; a screen reader gets the word. */
  function markLink(link, record) {
    const finished = Boolean(pageOf(record, pathOf(link)).finished);
    const mark = link.querySelector(".progress-word");
    if (finished && !mark) link.append(cnnGuide.make("span", { class: "progress-word" }, "finished"));
    if (!finished) mark?.remove();
  }

  function show() {
    const record = read();
    const page = pageOf(record, pathOf(location));
    asked().forEach((element) => markQuestion(element, page.results.get(element.id)));
    markEnd(page);
    document.querySelectorAll(".lesson-map li").forEach((item) => markMap(item, record));
    document.querySelectorAll(".md-nav--primary a.md-nav__link:not([href*='#'])").forEach((link) => markLink(link, record));
    document.dispatchEvent(new CustomEvent("cnn-guide:progress"));
  }

  /* Start -------------------------------------------------------------- */

  function toggleFinished(end) {
    const path = pathOf(location);
    const finished = !pageOf(read(), path).finished;
    change((record) => finish(record, path, finished ? today() : null));
    setText(end.querySelector("[role=status]"), memory === undefined ? "" : "This browser does not let the site keep this: it is forgotten when you leave.");
  }

  cnnGuide.progress = { read, change, erase, today, keeps: () => (load(), memory === undefined) };

  /* `document$` is Material's: it emits at the start and after every instant change of page. */
  document$.subscribe(() => {
    const questions = new Map(asked().map((element) => [element.id, questionOf(element)]));
    const path = pathOf(location);
    const record = read();
    if (path !== null && prune(record, path, questions)) keep(toText(record));
    const end = document.querySelector(".lesson-end");
    end?.querySelector("button").addEventListener("click", () => toggleFinished(end));
    show();
    if (document.querySelector(".progress-desk")) cnnGuide.load("progress_desk.js", scripts).then(() => cnnGuide.progressDesk());
  });

  addEventListener("storage", ({ key }) => (key === KEY || key === null) && show()); // another tab has written
  addEventListener("pageshow", ({ persisted }) => persisted && show()); // the reader came back
})();
