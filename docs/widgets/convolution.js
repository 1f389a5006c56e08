/* needs: sizes.js */
/* Convolutions in two dimensions, term by term. tests/test_widget_convolution.py compares them with torch.
   A setting holds a pair (rows, columns) each of n input, k kernel, s stride, p padding, d dilation, extra (output
   padding), and mode, transposed, turned, groups. Planes are nested arrays; kernels are laid out as PyTorch's weights:
   [out][in / groups], transposed [in][out / groups]. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.convolution = (() => {
  const { sizes } = cnnGuide;
  const MODES = ["zeros", "reflect", "replicate", "circular"];
  const RANGES = { p: [0, 8], k: [1, 16], d: [1, 8], extra: [0, 7], n: [1, 16], s: [1, 8] }; // what a widget offers
  const LARGEST = 32; // output cells along one side that can still be drawn

  const along = (setting, axis) => {
    const one = (name, otherwise) => setting[name]?.[axis] ?? otherwise;
    return { n: one("n"), k: one("k"), s: one("s", 1), p: one("p", 0), d: one("d", 1), extra: one("extra", 0), mode: setting.mode ?? "zeros", transposed: Boolean(setting.transposed) };
  };

  /* { size } along one axis, or { why }. */
  const axisSize = (line) => {
    const { n, p, mode, transposed } = line;
    if (transposed && mode !== "zeros") return { why: "A transposed convolution knows only zeros as padding: PyTorch refuses other modes." };
    if (transposed) return sizes.transpose({ ...line, outputPadding: line.extra });
    if (mode === "reflect" && p >= n) return { why: `Reflection mirrors the pixels beside the border one, so the padding (${p}) must be smaller than the input (${n}).` };
    if (mode === "circular" && p > n) return { why: `The padding (${p}) would go round the input (${n}) more than once.` };
    return sizes.conv(line);
  };

  /* { size: [rows, columns] }, or { why, axis } of the first axis that refuses. */
  const outputSize = (setting) => {
    const found = [0, 1].map((axis) => axisSize(along(setting, axis)));
    const axis = found.findIndex(({ why }) => why);
    return axis < 0 ? { size: found.map(({ size }) => size) } : { why: found[axis].why, axis };
  };

  const tooMany = (size) => (size > LARGEST ? `The output would have ${size} cells along one side; more than ${LARGEST} are not drawn here.` : undefined);
  const drawable = (line) => {
    const { size, why } = axisSize(line);
    return !why && !tooMany(size);
  };

  /* The same, and what is too large to be drawn is refused too. */
  const check = (setting) => {
    const found = outputSize(setting);
    const why = found.why ?? found.size.map(tooMany).find(Boolean);
    return why ? { why } : found;
  };

  /* What has to change along one axis, with the smallest sum of changes; on a tie the field that RANGES names first. */
  const nearestOnAxis = (line) => {
    const names = Object.keys(RANGES).filter((name) => name !== "extra" || line.transposed);
    const values = (name) => Array.from({ length: RANGES[name][1] - RANGES[name][0] + 1 }, (_, at) => RANGES[name][0] + at);
    let best = { cost: drawable(line) ? 0 : Infinity, changes: {} };
    const consider = (changes) => {
      const cost = Object.keys(changes).reduce((sum, name) => sum + Math.abs(changes[name] - line[name]), 0);
      if (cost < best.cost && drawable({ ...line, ...changes })) best = { cost, changes };
    };
    for (const name of names) for (const value of values(name)) consider({ [name]: value });
    names.forEach((one, at) => names.slice(at + 1).forEach((two) => {
      for (const first of values(one)) for (const second of values(two)) consider({ [one]: first, [two]: second });
    }));
    return Object.fromEntries(Object.entries(best.changes).filter(([name, value]) => value !== line[name]));
  };

  /* The nearest setting that is possible: a copy with the changed fields, and the names of these. */
  const nearest = (setting) => {
    const mode = setting.transposed ? "zeros" : setting.mode;
    const changes = [0, 1].map((axis) => nearestOnAxis({ ...along(setting, axis), mode }));
    const names = [...new Set(changes.flatMap(Object.keys))];
    const fixed = Object.fromEntries(names.map((name) => [name, changes.map((change, axis) => change[name] ?? along(setting, axis)[name])]));
    return { setting: { ...setting, ...fixed, mode }, names: mode === setting.mode ? names : ["mode", ...names] };
  };

  /* The pixel that stands at a place of the padded input; null for a zero of the padding. */
  const source = (at, n, mode) => {
    if (at >= 0 && at < n) return at;
    if (mode === "reflect") return at < 0 ? -at : 2 * (n - 1) - at;
    if (mode === "replicate") return at < 0 ? 0 : n - 1;
    if (mode === "circular") return (at + n) % n;
    return null;
  };

  /* What output o reads along one axis: the kernel's tap, the place, and the pixel that stands there. */
  const reads = (o, { n, k, s, p, d, mode, transposed }) => {
    const found = [];
    for (let tap = 0; tap < k; tap += 1) {
      const at = transposed ? (o + p - tap * d) / s : o * s - p + tap * d;
      const pixel = source(at, n, mode);
      if (!transposed) found.push({ tap, at, pixel });
      else if (Number.isInteger(at) && pixel !== null) found.push({ tap, at, pixel });
    }
    return found;
  };

  /* Which input channels an output channel reads, each with its plane of weights. */
  const joined = (setting, kernel, channels, out) => {
    const { groups = 1, transposed } = setting;
    const outs = transposed ? kernel[0].length : kernel.length / groups; // output channels in a group
    const first = Math.floor(out / outs) * (channels / groups);
    return Array.from({ length: channels / groups }, (_, at) => ({
      channel: first + at,
      plane: transposed ? [first + at, out % outs] : [out, at], // where the weights stand in the kernel
    }));
  };

  const outChannels = ({ groups = 1, transposed }, kernel) => (transposed ? kernel[0].length * groups : kernel.length);

  /* Terms from what is read down and across: each a weight times a value, with the places of both. */
  const products = (setting, input, kernel, out, rows, columns) => {
    const turn = (tap, axis) => (setting.turned ? setting.k[axis] - 1 - tap : tap);
    return joined(setting, kernel, input.length, out).flatMap(({ channel, plane }) => rows.flatMap((r) => columns.map((c) => {
      const tap = [turn(r.tap, 0), turn(c.tap, 1)];
      const pixel = r.pixel !== null && c.pixel !== null ? [r.pixel, c.pixel] : null;
      const value = pixel ? input[channel][r.pixel][c.pixel] : 0;
      return { channel, at: [r.at, c.at], pixel, value, plane, tap, weight: kernel[plane[0]][plane[1]][tap[0]][tap[1]] };
    })));
  };

  const count = (length, one) => Array.from({ length }, (_, at) => one(at));
  const readsOf = (setting, axis, size) => count(size, (o) => reads(o, along(setting, axis)));

  /* The terms of one output's sum. */
  const terms = (setting, input, kernel, [out, row, column]) =>
    products(setting, input, kernel, out, reads(row, along(setting, 0)), reads(column, along(setting, 1)));

  const total = (list) => list.reduce((sum, { value, weight }) => sum + value * weight, 0);

  /* All outputs: planes of sums. Without the list of terms, so that drawing stays quick. */
  const apply = (setting, input, kernel) => {
    const [rows, columns] = outputSize(setting).size.map((size, axis) => readsOf(setting, axis, size));
    const turn = (tap, axis) => (setting.turned ? setting.k[axis] - 1 - tap : tap);
    return count(outChannels(setting, kernel), (out) => {
      const planes = joined(setting, kernel, input.length, out).map(({ channel, plane }) => [input[channel], kernel[plane[0]][plane[1]]]);
      return rows.map((down) => columns.map((across) => {
        let sum = 0;
        for (const [image, weights] of planes) for (const r of down) if (r.pixel !== null) for (const c of across) {
          if (c.pixel !== null) sum += image[r.pixel][c.pixel] * weights[turn(r.tap, 0)][turn(c.tap, 1)];
        }
        return sum;
      }));
    });
  };

  /* The other direction: the outputs that use one pixel, each with the terms in which it does. */
  const uses = (setting, input, kernel, [channel, row, column]) => {
    const [down, across] = outputSize(setting).size.map((size, axis) =>
      readsOf(setting, axis, size).map((list) => list.filter(({ pixel }) => pixel === [row, column][axis])));
    return count(outChannels(setting, kernel), (out) => down.flatMap((rows, i) => across.map((columns, j) => {
      const all = rows.length && columns.length ? products(setting, input, kernel, out, rows, columns) : [];
      return { at: [out, i, j], terms: all.filter((term) => term.channel === channel) };
    }))).flat().filter((use) => use.terms.length);
  };

  return { MODES, RANGES, apply, check, nearest, outputSize, source, terms, total, uses };
})();
