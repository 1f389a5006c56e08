/* The same setting as a formula with its numbers, as PyTorch code, and as the text of a link. No page needed. */
"use strict";

cnnGuide.convolutionCode = (() => {
  const PAIRS = { n: "input", k: "kernel", s: "stride", p: "padding", d: "dilation", extra: "output-padding" };
  const NONE = { s: 1, p: 0, d: 1, extra: 0 };

  /* A number as it is read: a true minus, and no more digits than help. */
  const text = (value) => String(Number(Number(value).toFixed(4))).replace("-", "−");

  /* The same in a cell, where there is room for three digits. */
  const short = (value) => text(Math.abs(value) < 1000 ? Number(value.toPrecision(3)) : Math.round(value));

  const grid = (plane) => plane.map((row) => row.map((value) => (Number.isInteger(value) ? `${value}.` : String(value))));
  const nested = (planes, indent) => {
    const lines = (plane) => grid(plane).map((row) => `[${row.join(", ")}]`).join(`,\n${" ".repeat(indent + 1)}`);
    return `[${planes.map((plane) => `[${lines(plane)}]`).join(`,\n${" ".repeat(indent)}`)}]`;
  };

  const pair = ([rows, columns]) => (rows === columns ? String(rows) : `(${rows}, ${columns})`);

  /* The layer's constructor: what is not the default is named. */
  const layer = (setting, channels) => {
    const out = setting.groups === channels ? channels : 1;
    const named = { s: "stride", p: "padding", d: "dilation", extra: "output_padding" };
    const options = Object.entries(named)
      .filter(([name]) => (name !== "extra" || setting.transposed) && setting[name].some((value) => value !== NONE[name]))
      .map(([name, word]) => `${word}=${pair(setting[name])}`);
    if (setting.groups > 1) options.push(`groups=${setting.groups}`);
    if (setting.mode !== "zeros") options.push(`padding_mode="${setting.mode}"`);
    return `nn.${setting.transposed ? "ConvTranspose2d" : "Conv2d"}(${[channels, out, `kernel_size=${pair(setting.k)}`, ...options, "bias=False"].join(", ")})`;
  };

  /* A program that computes what the page shows. A weight has the shape (out, in / groups, …) or, transposed, (in, out / groups, …). */
  const python = (setting, input, planes) => {
    const apart = setting.transposed || setting.groups > 1;
    const weight = "weight = torch.tensor(";
    const shape = `${setting.transposed || apart ? planes.length : 1}, ${apart ? 1 : planes.length}`;
    return [
      "import torch",
      "from torch import nn",
      "",
      `x = torch.tensor(${nested(input, 18)})  # (channels, rows, columns)`,
      `${weight}${nested(planes, weight.length + 1)}).reshape(${shape}, ${setting.k.join(", ")})`,
      ...(setting.turned ? ["weight = weight.flip(-2, -1)  # true convolution turns the kernel"] : []),
      `layer = ${layer(setting, input.length)}`,
      "layer.weight.data = weight",
      "print(layer(x).detach())",
    ].join("\n");
  };

  const sizeOnAxis = (setting, axis) => {
    const [n, k, s, p, d, extra] = Object.keys(PAIRS).map((name) => setting[name][axis]);
    return setting.transposed
      ? `(${n} − 1)·${s} − 2·${p} + ${d}·(${k} − 1) + ${extra} + 1`
      : `⌊(${n} + 2·${p} − ${d}·(${k} − 1) − 1) / ${s}⌋ + 1`;
  };

  /* The output's size: one line where rows and columns are alike. */
  const sizeSteps = (setting, size) => {
    const [rows, columns] = [0, 1].map((axis) => `${sizeOnAxis(setting, axis)} = ${size[axis]}`);
    return rows === columns ? [`rows and columns: ${rows}`] : [`rows: ${rows}`, `columns: ${columns}`];
  };

  /* Two channels are counted by c, in the output too where each is for itself. */
  const general = ({ transposed, turned, groups }, channels) => {
    const [c, apart] = [channels > 1 ? "c, " : "", groups > 1 ? "c, " : ""];
    if (transposed) return `y[${apart}i, j] = Σ x[${c}a, b] · w[${c}u, v]${turned ? " with w turned" : ""}, where i = s·a − p + d·u and j = s·b − p + d·v`;
    return `y[${apart}i, j] = Σ w[${c}${turned ? "k − 1 − u, k − 1 − v" : "u, v"}] · x[${c}s·i − p + d·u, s·j − p + d·v]`;
  };

  /* The general formula with the numbers of one output. */
  const withNumbers = ({ s, p, d, k, transposed, turned, groups }, channels, [out, i, j]) => {
    const c = channels === 1 ? "" : groups > 1 ? `${out}, ` : "c, ";
    const y = `y[${groups > 1 ? c : ""}${i}, ${j}]`;
    const ends = `${c === "c, " ? "c = 0…1, " : ""}u = 0…${k[0] - 1}, v = 0…${k[1] - 1}`;
    if (transposed) {
      const one = (o, a, u, axis) => `${o} = ${s[axis]}·${a} − ${p[axis]} + ${d[axis]}·${u}`;
      return `${y} = Σ x[${c}a, b] · w[${c}u, v], where ${one(i, "a", "u", 0)} and ${one(j, "b", "v", 1)}; ${ends}`;
    }
    const tap = (u, axis) => (turned ? `${k[axis] - 1} − ${u}` : u);
    const at = (o, u, axis) => `${s[axis]}·${o} − ${p[axis]} + ${d[axis]}·${u}`;
    return `${y} = Σ w[${c}${tap("u", 0)}, ${tap("v", 1)}] · x[${c}${at(i, "u", 0)}, ${at(j, "v", 1)}]; ${ends}`;
  };

  /* The state as short words for a link: no comma or colon, which part them there. */
  const encode = ({ setting, input, kernel, at }) => ({
    ...Object.fromEntries(Object.entries(PAIRS).map(([name, word]) => [word, setting[name].join("x")])),
    mode: setting.mode,
    transposed: setting.transposed,
    turned: setting.turned,
    groups: setting.groups,
    x: input.flat(2).join("_"),
    w: kernel.flat(2).join("_"),
    at,
  });

  const planes = (words, [rows, columns]) => {
    const values = words?.split("_").map(Number) ?? [];
    const count = values.length / (rows * columns);
    if (![1, 2].includes(count) || !values.every((value) => Number.isFinite(value) && Math.abs(value) <= 1e6)) return undefined;
    return Array.from({ length: count }, (_, plane) => Array.from({ length: rows }, (__, row) => {
      const start = (plane * rows + row) * columns;
      return values.slice(start, start + columns);
    }));
  };

  /* The state that words stand for, over `base`; undefined where they make no sense. */
  const decode = (words, base) => {
    const { MODES, RANGES } = cnnGuide.convolution;
    const setting = { ...base.setting };
    for (const [name, word] of Object.entries(PAIRS)) {
      if (words[word] === undefined) continue;
      const values = words[word].split("x").map(Number);
      const [least, most] = RANGES[name];
      if (values.length > 2 || !values.every((value) => Number.isInteger(value) && value >= least && value <= most)) return undefined;
      setting[name] = [values[0], values.at(-1)];
    }
    if (words.mode !== undefined && !MODES.includes(words.mode)) return undefined;
    setting.mode = words.mode ?? setting.mode;
    for (const name of ["transposed", "turned"]) if (words[name] !== undefined) setting[name] = words[name] === "true";
    const input = planes(words.x, setting.n) ?? base.input;
    const kernel = planes(words.w, setting.k) ?? base.kernel;
    if (input.length !== kernel.length) return undefined;
    setting.groups = input.length === 2 && words.groups === "2" ? 2 : 1;
    return { setting, input, kernel, at: Math.max(0, Math.trunc(Number(words.at)) || 0) };
  };

  /* Numbers typed or pasted as rows; a blank line parts two channels. Python's brackets and commas may stay. */
  const parse = (typed) => {
    const blocks = typed.replace(/[[\](),;]/g, " ").replace(/−/g, "-").trim().split(/\n\s*\n/);
    const found = blocks.map((block) => block.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => line.split(/\s+/).map(Number)));
    const [rows, columns] = [found[0].length, found[0][0]?.length ?? 0];
    if (!columns) return { why: "Type at least one number." };
    if (found.flat(2).some((value) => !Number.isFinite(value) || Math.abs(value) > 1e6)) return { why: "Only numbers up to a million, with blanks between them, can be read." };
    if (found.length > 2) return { why: "There are at most two channels." };
    if (found.some((plane) => plane.length !== rows || plane.some((row) => row.length !== columns))) return { why: "All rows must be of the same length, and both channels of the same size." };
    return rows > 16 || columns > 16 ? { why: `At most 16 rows of 16 numbers are drawn here, not ${rows} of ${columns}.` } : { planes: found };
  };

  const typed = (list) => list.map((plane) => plane.map((row) => row.join(" ")).join("\n")).join("\n\n");

  return { decode, encode, general, parse, python, short, sizeSteps, text, typed, withNumbers };
})();
