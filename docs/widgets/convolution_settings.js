/* The form of the convolution player: examples, sizes and switches. It reads and writes settings and knows no drawing. */
"use strict";

cnnGuide.convolutionSettings = (() => {
  const { make, convolution, convolutionPresets: presets } = cnnGuide;
  const LABELS = { n: "Input size", k: "Kernel size", s: "Stride", p: "Padding", d: "Dilation", extra: "Output padding" };
  const CHANNELS = { "1 1": "1", "2 1": "2, added up (groups=1)", "2 2": "2, each for itself (groups=2)" };

  const select = (label, options, first) => {
    const entries = Array.isArray(options) ? options.map((name) => [name, name]) : Object.entries(options);
    const field = make("select", {}, ...(first ? [make("option", { value: "" }, first)] : []), ...entries.map(([value, words]) => make("option", { value }, words)));
    return { field, label: make("label", {}, make("span", {}, label), field) };
  };

  const tick = (words) => {
    const field = make("input", { type: "checkbox" });
    return { field, label: make("label", { class: "convolution__tick" }, field, make("span", {}, words)) };
  };

  const number = (name) => {
    const [min, max] = convolution.RANGES[name];
    return make("input", { type: "number", inputmode: "numeric", min, max, step: 1 });
  };

  /* `changed` is told what the reader did: "setting", or "example", "picture", "kernel" with the name chosen. */
  const form = (changed) => {
    const example = select("Example", presets.examples, "choose …");
    const picture = select("Fill the input", presets.pictures, "choose …");
    const kernel = select("Fill the kernel", Object.keys(presets.kernels), "choose …");
    const mode = select("Padding mode", convolution.MODES);
    const channels = select("Channels", CHANNELS);
    const transposed = tick("Transposed");
    const turned = tick("Turn the kernel (true convolution)");
    const apart = tick("Rows and columns apart");
    const pairs = Object.fromEntries(Object.keys(LABELS).map((name) => [name, [number(name), number(name)]]));
    const sizes = Object.entries(LABELS).map(([name, label]) => {
      const box = make("div", { class: "convolution__pair" }, make("span", { "aria-hidden": "true" }, label), make("div", {}, ...pairs[name]));
      if (name === "extra") box.dataset.transposed = "";
      return box;
    });
    const body = make("form", { class: "convolution__form" },
      make("div", { class: "convolution__choices" }, example.label, picture.label, kernel.label),
      make("div", { class: "convolution__sizes" }, ...sizes, mode.label, channels.label),
      make("div", { class: "convolution__ticks" }, transposed.label, turned.label, apart.label));

    const arrange = () => {
      for (const [name, label] of Object.entries(LABELS)) {
        const [rows, columns] = pairs[name];
        columns.hidden = !apart.field.checked;
        rows.setAttribute("aria-label", apart.field.checked ? `${label}, rows` : label);
        columns.setAttribute("aria-label", `${label}, columns`);
      }
      body.querySelector("[data-transposed]").hidden = !transposed.field.checked;
    };

    const write = (setting, planes) => {
      for (const name of Object.keys(LABELS)) pairs[name].forEach((field, axis) => {
        field.value = setting[name][axis];
        field.removeAttribute("aria-invalid");
      });
      mode.field.value = setting.mode;
      channels.field.value = `${planes} ${setting.groups}`;
      transposed.field.checked = setting.transposed;
      turned.field.checked = setting.turned;
      if (Object.keys(LABELS).some((name) => setting[name][0] !== setting[name][1])) apart.field.checked = true;
      arrange();
    };

    /* { setting, planes }, or { why } where a field holds no number of its range. */
    const read = () => {
      let why;
      const pair = (name) => pairs[name].map((field, axis) => {
        const value = Number(field.value);
        const fine = field.value !== "" && Number.isInteger(value) && value >= field.min && value <= field.max;
        if (fine) field.removeAttribute("aria-invalid");
        else field.setAttribute("aria-invalid", "true");
        if (!fine && !field.hidden && !(name === "extra" && !transposed.field.checked)) why ??= `${LABELS[name]} must be a whole number from ${field.min} to ${field.max} here.`;
        return apart.field.checked || axis === 0 ? value : Number(pairs[name][0].value);
      });
      const [planes, groups] = channels.field.value.split(" ").map(Number);
      const setting = { ...Object.fromEntries(Object.keys(LABELS).map((name) => [name, pair(name)])), groups };
      Object.assign(setting, { mode: mode.field.value, transposed: transposed.field.checked, turned: turned.field.checked });
      return why ? { why } : { setting, planes };
    };

    const choices = { example, picture, kernel };
    body.addEventListener("submit", (event) => event.preventDefault());
    body.addEventListener("input", ({ target }) => {
      arrange();
      const chosen = Object.keys(choices).find((name) => choices[name].field === target);
      if (!chosen) changed("setting");
      else if (target.value) changed(chosen, target.value);
    });
    /* A choice stands only as long as nothing else has been changed. */
    const choose = (name, value = "") => { choices[name].field.value = value; };
    return { body, choose, read, write };
  };

  return { LABELS, form };
})();
