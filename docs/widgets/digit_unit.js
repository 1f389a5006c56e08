/* One unit of the digit network, followed back: its window, its weights, and the sum that they make. */
"use strict";

cnnGuide.digitUnit = (() => {
  const { make, digit } = cnnGuide;
  const NAMES = { conv: "Convolution", relu: "ReLU", maxpool: "Max pooling", global_average_pool: "Mean of the map", linear: "Score" };
  const WIDE = 8; // numbers in a row where they have no places of their own

  const number = (value, digits = 2) => {
    const text = value.toFixed(digits);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
  };
  const signed = (value) => `${value < 0 ? "−" : "+"} ${number(Math.abs(value))}`;
  const product = (sizes) => sizes.reduce((a, b) => a * b);

  /* A table of numbers, tinted by their size; `strong` marks one, `outside` those of the padding. */
  const table = (caption, numbers, columns, { strong = -1, outside = [] } = {}) => {
    const most = Math.max(...numbers.map(Math.abs), 1e-9);
    const cell = (value, at) => make("td", {
      class: outside[at] ? "digit-unit__outside" : at === strong ? "digit-unit__strong" : undefined,
      style: `--share: ${Math.round((45 * Math.abs(value)) / most)}%; --tone: var(${value < 0 ? "--amber" : "--accent"})`,
    }, number(value));
    const rows = Array.from({ length: Math.ceil(numbers.length / columns) }, (_, row) =>
      make("tr", {}, ...numbers.slice(row * columns, (row + 1) * columns).map((value, column) => cell(value, row * columns + column))));
    return make("table", { class: "digit-unit__table" }, make("caption", {}, caption), make("tbody", {}, ...rows));
  };

  /* What a kind of layer does with its window, in words and in tables. */
  const KINDS = {
    conv: ({ layer, terms, bias, value, channel, choose }) => {
      const count = layer.from[0];
      const size = product(layer.kernel);
      const groups = Array.from({ length: count }, (_, c) => terms.slice(c * size, (c + 1) * size));
      const sums = groups.map((group) => group.reduce((all, one) => all + one.value * one.weight, 0));
      const chosen = channel ?? sums.reduce((best, one, c) => (Math.abs(one) > Math.abs(sums[best]) ? c : best), 0);
      const words = [`The sum of ${terms.length} products, value × weight, and the bias: `, make("b", {}, `${number(sums.reduce((a, b) => a + b))} ${signed(bias)} = ${number(value)}`), "."];
      const buttons = sums.map((one, c) => {
        const button = make("button", { type: "button", "aria-pressed": c === chosen }, make("small", {}, `map ${c + 1}`), " ", number(one));
        button.addEventListener("click", () => choose(c));
        return button;
      });
      const outside = groups[chosen].map(({ at }) => at < 0);
      const from = count > 1 ? ` in map ${chosen + 1}` : "";
      const tables = [
        table(`Window${from}`, groups[chosen].map((one) => one.value), layer.kernel[1], { outside }),
        make("span", { class: "digit-unit__sign" }, "×"),
        table("Weights", groups[chosen].map((one) => one.weight), layer.kernel[1]),
        make("span", { class: "digit-unit__sign" }, `= ${number(sums[chosen])}`),
      ];
      const chips = count > 1 ? [make("div", { class: "digit-unit__maps", role: "group", "aria-label": "What each map before adds" }, ...buttons)] : [];
      return { words, parts: [...chips, make("div", { class: "digit-unit__tables" }, ...tables)] };
    },
    relu: ({ terms: [one], value }) => ({ words: ["What is below zero becomes zero: ", make("b", {}, `max(0, ${number(one.value)}) = ${number(value)}`), "."], parts: [] }),
    maxpool: ({ layer, terms, value }) => ({
      words: [`The largest of ${terms.length} values: `, make("b", {}, number(value)), "."],
      parts: [table("Window", terms.map((one) => one.value), layer.kernel[1], { strong: terms.findIndex(({ weight }) => weight), outside: terms.map(({ at }) => at < 0) })],
    }),
    global_average_pool: ({ layer, terms, value }) => ({
      words: [`The mean of all ${terms.length} values of the map: `, make("b", {}, number(value)), "."],
      parts: [table("The map", terms.map((one) => one.value), layer.from[2])],
    }),
    linear: ({ terms, bias, value }) => {
      const all = terms.reduce((sum, one) => sum + one.value * one.weight, 0);
      return {
        words: [`The sum of ${terms.length} products, mean × weight, and the bias: `, make("b", {}, `${number(all)} ${signed(bias)} = ${number(value)}`), "."],
        parts: [make("div", { class: "digit-unit__tables" }, table("Means of the maps", terms.map((one) => one.value), WIDE),
          make("span", { class: "digit-unit__sign" }, "×"), table("Weights", terms.map((one) => one.weight), WIDE))],
      };
    },
  };

  /* How people call a unit: everything is counted from one. */
  const name = (names, size, i, at) => {
    const [channel, row, column] = digit.place(size, at);
    if (i < 0) return `Pixel in row ${row + 1}, column ${column + 1}`;
    if (size[1] * size[2] === 1) return names[i].startsWith(NAMES.linear) ? `${names[i]} of class ${channel}` : `${names[i]} ${channel + 1}`;
    return `${names[i]}, map ${channel + 1}, row ${row + 1}, column ${column + 1}`;
  };

  /* "Convolution 1", "ReLU 1", "Max pooling 1", "Convolution 2" … */
  const names = (layers) => {
    let stage = 0;
    return layers.map(({ type }) => {
      if (type === "conv") stage += 1;
      return type === "linear" || type === "global_average_pool" ? NAMES[type] : `${NAMES[type]} ${stage}`;
    });
  };

  /* on(i, at) is called to look at another unit. */
  const create = (layers, on) => {
    const called = names(layers);
    const where = make("b", { role: "status" });
    const words = make("span");
    const back = make("button", { type: "button" }, "Follow it back");
    const body = make("div", { class: "digit-unit__body" });
    const element = make("div", { class: "digit-unit" }, make("div", { class: "digit-unit__head" }, make("p", {}, where, " ", words), back), body);
    let last = {};

    const show = (values, i, at, channel) => {
      const size = i < 0 ? layers[0].from : layers[i].size;
      if (last.i !== i || last.at !== at) where.textContent = `${name(called, size, i, at)}.`;
      last = { values, i, at };
      back.disabled = i < 0;
      if (i < 0) {
        words.textContent = `Its ink, from 0 to 1: ${number(values[0][at])}. Here the way back ends.`;
        body.replaceChildren();
        return;
      }
      const terms = digit.terms(layers, values, i, at);
      const choose = (c) => {
        show(values, i, at, c);
        body.querySelectorAll("button")[c].focus();
        last.channel = c;
      };
      const told = KINDS[layers[i].type]({ layer: layers[i], terms, bias: digit.bias(layers[i], at), value: values[i + 1][at], channel, choose });
      words.replaceChildren(...told.words);
      body.replaceChildren(...told.parts);
    };
    back.addEventListener("click", () => {
      const { values, i, at } = last;
      const inside = digit.terms(layers, values, i, at).filter((one) => one.at >= 0);
      const push = ({ value, weight }) => Math.abs(value * weight);
      on(i - 1, inside.reduce((best, one) => (push(one) > push(best) ? one : best)).at);
    });
    return { element, show: (values, i, at) => show(values, i, at, last.i === i && last.at === at ? last.channel : undefined) };
  };

  return { create, names, number };
})();
