/* Makes the quizzes of a page answerable. Without it they can be read: the options, and the answers folded away.
   site_builder/quiz.py writes the markup and what is in its data attributes. */
"use strict";

(() => {
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  /* "1,234", "−5", "12 %" */
  const asNumber = (text) => {
    const plain = text.trim().replace(/[−–]/, "-").replace(/[,\s%]/g, "");
    return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : NaN;
  };
  const decimals = (text) => (text.match(/\.(\d+)/)?.[1] ?? "").length;
  const asShape = (text) => (text.match(/\d+/g) ?? []).map(Number).join(" ");

  const same = {
    /* as near as the key's last digit can tell */
    number: (given, key) => Math.abs(asNumber(given) - asNumber(key)) <= 0.5000001 * 10 ** -decimals(key) * (decimals(key) ? 1 : 0),
    shape: (given, key) => asShape(given) === asShape(key),
  };
  const readable = {
    number: (given) => !Number.isNaN(asNumber(given)),
    shape: (given) => /^[\s([]*\d+(\s*[,×x* ]\s*\d+)*[\s,)\]]*$/.test(given),
  };

  /* What the reader chose → { right, reasons: which answers to explain, text } */
  const judges = {
    single: ({ right }, chosen) => ({ right: right[chosen[0]] === 1, reasons: chosen }),
    several: ({ right }, chosen) => {
      const found = chosen.filter((at) => right[at]).length;
      const wanted = right.reduce((sum, one) => sum + one, 0);
      const wrong = chosen.length - found;
      const text = `${found} of ${wanted} found` + (wrong ? `, and ${wrong} that ${wrong > 1 ? "do" : "does"} not belong` : "");
      return { right: found === wanted && !wrong, reasons: chosen.filter((at) => !right[at]), text };
    },
    order: (data, sequence) => {
      const placed = sequence.filter((at, place) => at === place).length;
      return { right: placed === sequence.length, reasons: [], text: `${placed} of ${sequence.length} stand in their place` };
    },
    typed: ({ kind, keys, right }, given) => {
      if (!readable[kind](given)) {
        const form = kind === "number" ? "a number" : "a shape, such as (3, 32, 32)";
        return { slip: true, right: false, reasons: [], text: `“${given}” is not ${form}` };
      }
      const at = keys.findIndex((key) => same[kind](given, key));
      return { right: right[at] === 1, reasons: at < 0 ? [] : [at] };
    },
  };

  function controls(quiz, data, changed) {
    const list = quiz.querySelector(":scope > ul");
    if (data.kind === "order") return sortable(list, data, changed);
    if (!list) return typed(quiz, data);
    const type = data.kind === "single" ? "radio" : "checkbox";
    [...list.children].forEach((item, at) => {
      const input = make("input", { type, name: quiz.id, value: at });
      item.replaceChildren(make("label", {}, input, make("span", {}, ...item.childNodes)));
      input.addEventListener("change", changed);
    });
    list.classList.add("quiz__choices");
    return () => [...list.querySelectorAll("input:checked")].map((input) => Number(input.value));
  }

  function typed(quiz, data) {
    const input = make("input", { type: "text", autocomplete: "off", spellcheck: "false", size: 14 });
    if (data.kind === "number") input.setAttribute("inputmode", "decimal");
    const hint = data.kind === "number" ? "Your answer, a number" : "Your answer, a shape such as (3, 32, 32)";
    quiz.querySelector(".quiz__question").after(make("label", { class: "quiz__typed" }, make("span", {}, hint), input));
    return () => input.value.trim();
  }

  function sortable(list, data, changed) {
    list.classList.add("quiz__order");
    list.setAttribute("role", "list");
    const move = (item, step, button) => {
      const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
      if (!other) return;
      if (step < 0) other.before(item);
      else other.after(item);
      button.focus();
      changed(`${item.dataset.name} is number ${[...list.children].indexOf(item) + 1} of ${list.children.length}`);
    };
    [...list.children].forEach((item, place) => {
      item.dataset.answer = data.order[place];
      item.dataset.name = item.textContent.trim();
      const content = make("span", {}, ...item.childNodes);
      const buttons = [["up", -1, "↑"], ["down", 1, "↓"]].map(([word, step, sign]) => {
        const button = make("button", { type: "button", "aria-label": `Move ${word}: ${item.dataset.name}` }, sign);
        button.addEventListener("click", () => move(item, step, button));
        return button;
      });
      item.replaceChildren(content, ...buttons);
    });
    return () => [...list.children].map((item) => Number(item.dataset.answer));
  }

  /* The reasons stand in the folded block, one list item an answer. */
  function explain(quiz, result, verdict) {
    const items = [...quiz.querySelectorAll(".quiz__answers li")];
    const word = make("strong", {}, result.right ? "Right." : "Not yet.");
    const texts = result.reasons.map((at) => make("p", {}, ...items[at].cloneNode(true).childNodes));
    verdict.dataset.right = result.right;
    verdict.replaceChildren(make("p", {}, word, result.text ? ` ${result.text}.` : ""), ...texts);
    if (result.right) quiz.querySelector(".quiz__answers").open = true;
  }

  function enhance(quiz) {
    const parsed = (name) => (quiz.dataset[name] ? JSON.parse(quiz.dataset[name]) : []);
    const data = { kind: quiz.dataset.kind, order: parsed("order"), right: parsed("right"), keys: parsed("keys") };
    const verdict = make("div", { class: "quiz__verdict", role: "status" });
    const check = make("button", { type: "submit", class: "md-button" }, "Check");
    const form = make("form", { class: "quiz__form" });
    const question = quiz.querySelector(".quiz__question");
    question.id = `${quiz.id}-question`;
    const chosen = controls(quiz, data, (said) => verdict.replaceChildren(typeof said === "string" ? said : ""));
    const group = make("div", { role: data.kind === "single" ? "radiogroup" : "group", "aria-labelledby": question.id });
    group.append(question, ...quiz.querySelectorAll(":scope > ul, :scope > .quiz__typed"));
    form.append(group, check, verdict);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const answer = chosen();
      if (!answer.length) return verdict.replaceChildren("Choose or type an answer first.");
      const result = (judges[data.kind] ?? judges.typed)(data, answer);
      explain(quiz, result, verdict);
      const detail = { kind: "quiz", id: quiz.id, right: result.right };
      if (!result.slip) document.dispatchEvent(new CustomEvent("cnn-guide:result", { detail })); // progress.js keeps it
    });
    quiz.prepend(form);
    quiz.classList.add("quiz--live");
  }

  /* `document$` is Material's: it emits at the start and after every instant change of page. */
  document$.subscribe(() => document.querySelectorAll(".quiz:not(.quiz--live)").forEach(enhance));
})();
