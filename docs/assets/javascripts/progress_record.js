/* What is kept of a reader's progress: its format, what is refused, and how two records are joined. Nothing here needs
   a page, so that the tests can run it alone; progress.js keeps the record and shows it. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.progressRecord = (() => {
  const FORMAT = "cnn-guide-progress";
  const VERSION = 1;
  const MOST = 500_000; // characters; a reader who has answered everything fills some thousands
  const PATH = /^(?:[\w.-]+\/)*$/; // of a page within the site; the home page's is empty
  const RESULT = /^(?:quiz|exercise)-\d{1,3}$/;

  /* A file that is not what we saved; the message continues "… cannot be loaded: ". */
  class Refused extends Error {}

  const show = (value) => {
    const text = JSON.stringify(value) ?? "missing";
    return text.length > 40 ? `${text.slice(0, 40)}…` : text;
  };
  const refuse = (place, value, rule) => {
    throw new Refused(`${place} is ${show(value)}, and should be ${rule}`);
  };

  const asObject = (value, place) => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) refuse(place, value, "an object");
    return Object.entries(value);
  };
  const asDay = (value, place) => {
    const time = typeof value === "string" ? Date.parse(`${value}T00:00Z`) : NaN;
    if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== value) refuse(place, value, 'a day, such as "2026-11-22"');
    return value;
  };

  function asResult(value, place) {
    const { right, date, question } = Object.fromEntries(asObject(value, place));
    if (typeof right !== "boolean") refuse(`${place}.right`, right, "true or false");
    if (typeof question !== "string" || !/^[0-9a-z]{1,9}$/.test(question)) refuse(`${place}.question`, question, "letters and digits");
    return { right, date: asDay(date, `${place}.date`), question };
  }

  function asPage(value, place) {
    const { finished = null, results = {} } = Object.fromEntries(asObject(value, place));
    const page = { finished: finished === null ? null : asDay(finished, `${place}.finished`), results: new Map() };
    for (const [id, result] of asObject(results, `${place}.results`)) {
      if (!RESULT.test(id)) refuse(`a name in ${place}.results`, id, 'that of a quiz or an exercise, such as "quiz-2"');
      page.results.set(id, asResult(result, `${place}.results.${id}`));
    }
    return page;
  }

  /* Pages by their path: when they were finished, and how each question was answered last. */
  const empty = () => new Map();

  /* The text of a record → the record; throws Refused, with a reason for the reader. */
  function parse(text) {
    if (text.length > MOST) throw new Refused("it is far larger than a progress file");
    let data;
    try {
      data = JSON.parse(text);
    } catch {
      throw new Refused("it is not a JSON file");
    }
    if (data?.format !== FORMAT) throw new Refused(`it is not a progress file, which says "format": "${FORMAT}"`);
    if (data.version > VERSION) throw new Refused(`it was saved by a newer site (version ${show(data.version)}; this one reads ${VERSION}). Reload this page and try again`);
    if (data.version !== VERSION) refuse("version", data.version, String(VERSION));
    const record = empty();
    for (const [path, page] of asObject(data.pages, "pages")) {
      if (!PATH.test(path)) refuse("a name in pages", path, 'the address of a page, such as "foundations/pooling/"');
      record.set(path, asPage(page, `pages["${path}"]`));
    }
    return record;
  }

  function toText(record) {
    const plain = ([path, { finished, results }]) => [path, { finished, results: Object.fromEntries(results) }];
    const pages = Object.fromEntries([...record].filter(([, page]) => page.finished || page.results.size).sort(([one], [two]) => (one < two ? -1 : 1)).map(plain));
    return `${JSON.stringify({ format: FORMAT, version: VERSION, pages }, null, 1)}\n`;
  }

  const pageOf = (record, path) => record.get(path) ?? { finished: null, results: new Map() };

  /* What was right stays right: readers who try the wrong answers afterwards, to read their reasons, lose nothing. */
  const better = (one, two) => {
    if (!one || !two) return one ?? two;
    if (one.right !== two.right) return one.right ? one : two;
    return one.date <= two.date ? one : two;
  };

  function note(record, path, id, result) {
    const page = pageOf(record, path);
    const before = page.results.get(id);
    page.results.set(id, before?.question === result.question ? better(before, result) : result);
    record.set(path, page);
  }

  function finish(record, path, day) {
    record.set(path, { ...pageOf(record, path), finished: day });
  }

  /* All of both: the earlier day of each finished page, the better result of each question. */
  function merge(mine, other) {
    for (const [path, { finished, results }] of other) {
      const page = pageOf(mine, path);
      page.finished = [page.finished, finished].filter(Boolean).sort()[0] ?? null;
      for (const [id, result] of results) page.results.set(id, better(page.results.get(id), result));
      mine.set(path, page);
    }
    return mine;
  }

  /* Forget what was answered to questions that the page no longer asks. → whether there were any */
  function prune(record, path, questions) {
    const { results } = pageOf(record, path);
    const gone = [...results].filter(([id, { question }]) => questions.get(id) !== question);
    gone.forEach(([id]) => results.delete(id));
    return gone.length > 0;
  }

  const solved = ({ results }, kind) => [...results].filter(([id, { right }]) => right && id.startsWith(kind)).length;

  /* A short name for a text: FNV-1a. */
  const fingerprint = (text) => {
    let hash = 0x811c9dc5;
    for (const sign of text.replace(/\s+/g, " ").trim()) hash = Math.imul(hash ^ sign.codePointAt(0), 0x01000193) >>> 0;
    return hash.toString(36);
  };

  return { Refused, empty, parse, toText, pageOf, note, finish, merge, prune, solved, fingerprint };
})();
