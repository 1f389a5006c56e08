/* `cnnGuide.editor(block, { label, onRun })` makes a block of Python editable: a text field without a ground of its own
   lies exactly on the code, which stays what is seen, and printed, in its colours. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.editor ??= (() => {
  const KEYWORDS = "as assert async await break class continue def del elif else except finally for from global if " +
    "import lambda nonlocal pass raise return try while with yield";
  const CLASSES = [ // the highlighter's names; the first that matches
    ["c1", /#.*/],
    ["s2", /\b[rbfuRBFU]{1,2}(?=["'])|"""[^]*?(?:"""|(?![^]))|'''[^]*?(?:'''|(?![^]))|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?/],
    ["mi", /\b(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*\.?[\d_]*(?:[eE][-+]?\d+)?j?)\b|\.\d[\d_]*/],
    ["kc", /\b(?:True|False|None)\b/],
    ["k", new RegExp(`\\b(?:${KEYWORDS.replaceAll(" ", "|")})\\b`)],
    ["nd", /^[ \t]*@[\w.]+/m],
    ["nf", /(?<=\b(?:def|class)\s+)\w+/],
    ["", /[^\W\d]\w*/], // other names, so that no keyword is found within one
  ];
  const MARGIN = 20; // pixels
  const TOKEN = new RegExp(CLASSES.map(([, pattern]) => `(${pattern.source})`).join("|"), "gm");

  function paint(code, text) {
    const parts = [];
    let at = 0;
    for (const match of text.matchAll(TOKEN)) {
      const name = CLASSES[match.slice(1).findIndex((group) => group !== undefined)][0];
      if (!name) continue;
      parts.push(text.slice(at, match.index), cnnGuide.make("span", { class: name }, match[0]));
      at = match.index + match[0].length;
    }
    code.replaceChildren(...parts, text.slice(at), text.endsWith("\n") || !text ? "\n" : "");
  }

  /* As if the reader had typed it, so that Undo takes it back; the call is old, and there is no other way. */
  function type(field, text) {
    const done = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
    if (!done) field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input"));
  }

  const indentOf = (line) => line.match(/^ */)[0];

  function newLine(field) {
    const before = field.value.slice(0, field.selectionStart);
    const line = before.slice(before.lastIndexOf("\n") + 1);
    type(field, `\n${indentOf(line)}${/:\s*(#.*)?$/.test(line) ? "    " : ""}`);
  }

  /* Moves the selected lines by one step; without a selection, Tab goes on to the next step where it stands. */
  function indent(field, back) {
    const { selectionStart: start, selectionEnd: end, value } = field;
    const first = value.lastIndexOf("\n", start - 1) + 1;
    if (start === end && !back) return type(field, " ".repeat(4 - ((start - first) % 4)));
    const lines = value.slice(first, end).split("\n");
    const moved = lines.map((line) => (back ? line.replace(/^ {1,4}/, "") : line && `    ${line}`));
    const [one, all] = [moved[0].length - lines[0].length, moved.join("\n").length - (end - first)];
    if (!all) return;
    field.setSelectionRange(first, end);
    type(field, moved.join("\n"));
    field.setSelectionRange(Math.max(first, start + one), end + all);
  }

  function keys(field, onRun) {
    let editing = false; // Tab passes by a field in which nobody has written: no keyboard ends here
    field.addEventListener("focus", () => { editing = false; });
    field.addEventListener("pointerdown", () => setTimeout(() => { editing = true; }));
    field.addEventListener("input", () => { editing = true; });
    field.addEventListener("keydown", (event) => {
      const { key } = event;
      if (event.isComposing) return;
      if (key === "Enter" && (event.ctrlKey || event.metaKey || event.shiftKey)) onRun?.();
      else if (key === "Enter") newLine(field);
      else if (key === "Tab" && editing && !event.ctrlKey && !event.altKey) indent(field, event.shiftKey);
      else {
        if (key === "Escape") editing = false;
        else if (!["Tab", "Shift", "Control", "Alt", "Meta"].includes(key)) editing = true;
        return;
      }
      event.preventDefault();
    });
  }

  let hint; // one for all fields, read after their name
  function describe(field) {
    hint ??= cnnGuide.make("p", { id: "editor-hint", hidden: "" },
      "Tab indents once you are writing; press Escape, then Tab, to leave. Control and Enter run the code.");
    if (!hint.isConnected) document.body.append(hint);
    field.setAttribute("aria-describedby", hint.id);
  }

  return (block, { label = "Python code", onRun } = {}) => {
    const code = block.querySelector("pre > code") ?? block.querySelector("code") ?? block;
    const drawn = [...code.childNodes]; // as the site's build has coloured it
    const original = code.textContent.replace(/\n$/, "");
    const field = cnnGuide.make("textarea", {
      class: "editor__field", "aria-label": label, spellcheck: "false", autocapitalize: "off", autocomplete: "off",
      autocorrect: "off", wrap: "off", translate: "no", rows: 1,
    });
    field.value = original;
    const show = () => {
      if (field.value === original) code.replaceChildren(...drawn);
      else paint(code, field.value);
      if (field.scrollLeft < MARGIN) field.scrollLeft = 0; // browsers go back to the first letter, not to its margin
    };
    field.addEventListener("input", show);
    field.addEventListener("scroll", () => { code.scrollLeft = field.scrollLeft; });
    keys(field, onRun);
    describe(field);
    code.removeAttribute("tabindex");
    code.setAttribute("aria-hidden", "true"); // the field says the same
    code.after(field);
    code.parentElement.classList.add("editor");
    return {
      element: field,
      get value() { return field.value; },
      set value(text) {
        field.value = text;
        show();
      },
      reset() { this.value = original; },
      focus: () => field.focus(),
    };
  };
})();
