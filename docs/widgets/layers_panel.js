/* needs: layers_code.js layers_parse.js */
/* The code of a stack in three dialects, with a button that copies it; and a place to paste code into. */
"use strict";

(() => {
  const { make } = cnnGuide;
  const DIALECTS = ["PyTorch", "Keras", "cnn_guide"];
  const COLOURS = [["c1", /^#/], ["s2", /^"/], ["mi", /^\d/], ["kn", /^(?:import|from)$/], ["kc", /^(?:True|False|None)$/], ["nb", /^print$/]];
  const PIECES = /(#.*|"[^"]*"|\b\d[\d.e-]*\b|\b(?:import|from|print|True|False|None)\b)/;
  let made = 0;

  const coloured = (code) => code.split(PIECES).map((piece) => {
    const [colour] = COLOURS.find(([, pattern]) => pattern.test(piece)) ?? [];
    return colour ? make("span", { class: colour }, piece) : piece;
  });

  /* Without the clipboard, as in a folder (file://), the older way: a selection that is copied. */
  async function copy(text, shown) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      getSelection().selectAllChildren(shown);
      return document.execCommand("copy");
    }
  }

  cnnGuide.CodePanel = class CodePanel {
    constructor() {
      const group = `layer-stack-dialect-${(made += 1)}`;
      this.choices = DIALECTS.map((value, index) => {
        const input = make("input", { type: "radio", name: group, value });
        input.checked = index === 0;
        return input;
      });
      this.code = make("code");
      const region = make("pre", { tabindex: 0, role: "region", "aria-label": "Code of this network" }, this.code);
      this.said = make("span", { class: "layer-stack__said", "aria-live": "polite" });
      this.button = make("button", { type: "button" }, "Copy");
      const dialects = make("fieldset", { class: "layer-stack__dialects" }, make("legend", {}, "Code"), ...this.choices.map((input) => make("label", {}, input, make("span", {}, input.value))));
      this.element = make("div", { class: "layer-stack__code" }, make("div", { class: "layer-stack__bar" }, dialects, this.button, this.said), make("div", { class: "highlight" }, region));
      dialects.addEventListener("change", () => this.show());
      this.button.addEventListener("click", async () => {
        this.said.textContent = (await copy(this.text, this.code)) ? "Copied." : "The code is selected: press Ctrl+C.";
      });
    }

    update(input, traced) {
      Object.assign(this, { input, traced });
      this.show();
    }

    show() {
      const { rows, refusal } = this.traced;
      const dialect = this.choices.find(({ checked }) => checked).value;
      this.said.textContent = "";
      this.button.disabled = Boolean(refusal) || !rows.length;
      this.text = this.button.disabled ? "" : cnnGuide.layerCode(dialect, this.input, rows);
      const why = refusal ? `# Layer ${refusal.place + 1} does not fit: its code will stand here when it does.` : "# Add a layer, and its code will stand here.";
      this.code.replaceChildren(...coloured(this.text || why));
    }
  };

  /* `build` gets what was read, and says what it has made of it. */
  cnnGuide.pasteBox = (build) => {
    const text = make("textarea", { rows: 7, spellcheck: "false", autocomplete: "off", placeholder: "nn.Sequential(\n    nn.Conv2d(3, 8, 3),\n    nn.ReLU(),\n)" });
    const answer = make("p", { "aria-live": "polite", class: "layer-stack__answer" });
    const button = make("button", { type: "button" }, "Build it");
    button.addEventListener("click", () => {
      try {
        const found = cnnGuide.parseLayers(text.value);
        text.removeAttribute("aria-invalid");
        answer.textContent = [build(found), ...found.notes].join(" ");
      } catch (error) {
        text.setAttribute("aria-invalid", "true");
        answer.textContent = error.message;
      }
    });
    const label = make("label", {}, make("span", {}, "An nn.Sequential(…) of PyTorch, what print(model) shows, or a Sequential of cnn_guide; it is read, not run"), text);
    return make("details", { class: "layer-stack__paste" }, make("summary", {}, "Paste code"), label, button, answer);
  };
})();
