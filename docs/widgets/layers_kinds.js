/* needs: sizes.js layers_field.js */
/* Kinds of layers, with PyTorch's names and defaults: what each asks of its arguments and its input, and what follows.
   The rules and the refusals are cnn_guide's; layers.js walks through a chain of them. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.layerKinds = (() => {
  const { layerFields: fields, sizes } = cnnGuide;
  const AXES = ["height", "width"];
  const product = (numbers) => numbers.reduce((all, number) => all * number, 1);
  const pair = (value) => (Array.isArray(value) ? value : [value, value]);
  const tuple = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

  /* A refusal says what is wrong and the way out; `repair` is that way as data: arguments to set, or a layer to insert. */
  const refuse = (problem, hint = "", repair = null) => {
    throw Object.assign(new Error(problem), { problem, hint, repair });
  };

  const integer = (name, value, least) => {
    if (!Number.isSafeInteger(value)) refuse(`\`${name}\` (=${value}) must be an integer.`);
    if (value < least) refuse(`\`${name}\` (=${value}) must be at least ${least}.`, "", { set: { [name]: least } });
  };
  const integers = (layer, least, ...names) =>
    names.forEach((name) => pair(layer[name]).forEach((value) => integer(name, value, least)));

  function divides(layer, name) {
    const [number, divisor] = [layer[name], layer.groups];
    if (number === null) return;
    integer(name, number, 1);
    if (number % divisor === 0) return;
    let fits = Math.min(number, divisor);
    while (number % fits) fits -= 1;
    refuse(`\`groups\` (=${divisor}) must divide \`${name}\` (=${number}).`, `Use groups=${fits}.`, { set: { groups: fits } });
  }

  function isMap(input) {
    if (input.length === 3) return;
    const hint = input.length === 1 ? "Flatten has made a list of the map: this layer belongs before it." : "";
    refuse(`\`input_shape\` (=${tuple(input)}) must have 3 axes, (C, H, W), not ${input.length}.`, hint);
  }

  function channelsMatch(layer, name, input) {
    isMap(input);
    if (layer[name] === input[0]) return;
    const first = input[2] === layer[name];
    const hint = first ? `PyTorch puts the channels first: ${tuple([layer[name], input[0], input[1]])}.` : `Use ${name}=${input[0]}.`;
    refuse(`\`${name}\` (=${layer[name]}) does not match the ${count(input[0], "channel")} of the input ${tuple(input)}.`, hint, { set: { [name]: null }, label: `Use ${name}=${input[0]}` });
  }

  /* The numbers of a window along an axis, in the symbols of sizes.js. */
  const along = (layer, axis) => {
    const [k, s, d] = ["kernel_size", "stride", "dilation"].map((name) => pair(layer[name] ?? { stride: layer.kernel_size, dilation: 1 }[name])[axis]);
    const same = layer.padding === "same";
    const p = same ? Math.floor((d * (k - 1)) / 2) : layer.padding === "valid" ? 0 : pair(layer.padding)[axis];
    return { k, s, p, d, same, ceil: layer.ceil_mode };
  };

  function tooLarge(layer, axis, n, { k, p, d }, most) {
    const spans = sizes.span(k, d);
    const enough = Math.ceil((spans - n) / 2);
    const within = enough <= most;
    const value = Array.isArray(layer.padding) ? layer.padding.with(axis, enough) : enough;
    refuse(
      `Along the ${AXES[axis]}, \`kernel_size\` (=${k})${d > 1 ? ` with \`dilation\` (=${d})` : ""} spans ${spans} pixels, but the padded input has ${n + 2 * p} (${n} + 2·${p}).`,
      within ? `Use a smaller kernel or padding ≥ ${enough}.` : "Use a smaller kernel.",
      within ? { set: { padding: value }, label: `Use padding=${enough}` } : null,
    );
  }

  const slide = (layer, input, rule, most) => AXES.map((_, axis) => {
    const numbers = along(layer, axis);
    if (numbers.same) return input[axis + 1];
    const { size } = rule({ n: input[axis + 1], ...numbers });
    return size ?? tooLarge(layer, axis, input[axis + 1], numbers, most(numbers.k));
  });
  const looks = (layer) => AXES.map((_, axis) => fields.window(along(layer, axis)));

  /* Each kind: its arguments with their defaults (undefined: must be given), the one that follows what comes in, and rules. */
  const KINDS = {
    Conv2d: {
      arguments: { in_channels: null, out_channels: undefined, kernel_size: undefined, stride: 1, padding: 0, dilation: 1, groups: 1, bias: true },
      follows: "in_channels",
      check(layer) {
        integer("groups", layer.groups, 1);
        divides(layer, "in_channels");
        divides(layer, "out_channels");
        integers(layer, 1, "kernel_size", "stride", "dilation");
        if (typeof layer.padding !== "string") integers(layer, 0, "padding");
        if (layer.padding === "same") sameNeedsStride(layer);
      },
      output(layer, input) {
        channelsMatch(layer, "in_channels", input);
        return [layer.out_channels, ...slide(layer, input, sizes.conv, () => Infinity)];
      },
      parameters: (layer) => layer.out_channels * (filter(layer) + layer.bias),
      macs: (layer, output) => filter(layer) * product(output),
      looks,
    },
    MaxPool2d: { arguments: { kernel_size: undefined, stride: null, padding: 0, dilation: 1, ceil_mode: false }, check: checkPool, output: pooled, looks },
    AvgPool2d: { arguments: { kernel_size: undefined, stride: null, padding: 0, ceil_mode: false }, check: checkPool, output: pooled, looks },
    AdaptiveAvgPool2d: {
      arguments: { output_size: undefined },
      check: (layer) => pair(layer.output_size).forEach((size) => size === null || integer("output_size", size, 1)),
      output(layer, input) {
        isMap(input);
        return [input[0], ...pair(layer.output_size).map((size, axis) => size ?? input[axis + 1])];
      },
    },
    BatchNorm2d: {
      arguments: { num_features: null, affine: true, bias: true },
      follows: "num_features",
      check: (layer) => layer.num_features === null || integer("num_features", layer.num_features, 1),
      output(layer, input) {
        channelsMatch(layer, "num_features", input);
        return input;
      },
      parameters: (layer) => (layer.affine ? layer.num_features * (1 + layer.bias) : 0),
    },
    ReLU: { arguments: {} },
    Dropout: {
      arguments: { p: 0.5 },
      stores: false,
      check({ p }) {
        if (!(p >= 0 && p <= 1)) refuse(`\`p\` (=${p}) must be a probability between 0 and 1.`, "", { set: { p: 0.5 } });
      },
    },
    Flatten: { arguments: {}, stores: false, output: (_, input) => [product(input)] },
    Linear: {
      arguments: { in_features: null, out_features: undefined, bias: true },
      follows: "in_features",
      check(layer) {
        if (layer.in_features !== null) integer("in_features", layer.in_features, 1);
        integer("out_features", layer.out_features, 1);
      },
      output(layer, input) {
        if (input.at(-1) !== layer.in_features) featuresDiffer(layer, input);
        return [...input.slice(0, -1), layer.out_features];
      },
      parameters: (layer) => layer.out_features * (layer.in_features + layer.bias),
      macs: (layer, output) => layer.in_features * product(output),
    },
  };

  function filter(layer) {
    return (layer.in_channels / layer.groups) * product(pair(layer.kernel_size));
  }

  function sameNeedsStride(layer) {
    AXES.forEach((_, axis) => {
      const { k, s, d } = along(layer, axis);
      if (s === 1) return;
      const total = d * (k - 1);
      const way = total % 2 ? "a number" : `padding=${total / 2}, which gives ⌈n / ${s}⌉ pixels`;
      refuse(`\`padding\` (="same") needs stride 1, but \`stride\` is ${s}.`, `Use ${way}.`, total % 2 ? null : { set: { padding: total / 2 }, label: `Use padding=${total / 2}` });
    });
  }

  function checkPool(layer) {
    integers(layer, 1, "kernel_size");
    if (layer.stride !== null) integers(layer, 1, "stride");
    if (layer.dilation !== undefined) integers(layer, 1, "dilation");
    integers(layer, 0, "padding");
    AXES.forEach((_, axis) => {
      const { k, p } = along(layer, axis);
      const most = Math.floor(k / 2);
      if (p > most) refuse(`\`padding\` (=${p}) must be at most half of \`kernel_size\` (=${k}) in pooling.`, `Use padding ≤ ${most}.`, { set: { padding: most } });
    });
  }

  function pooled(layer, input) {
    isMap(input);
    return [input[0], ...slide(layer, input, sizes.pool, (k) => Math.floor(k / 2))];
  }

  function featuresDiffer(layer, input) {
    const flat = product(input);
    const [put, sum] = ["Put Flatten() before it", `${input.join(" · ")} = ${flat}`];
    const onMap = input.length > 1;
    const hint = !onMap ? `Use in_features=${flat}.`
      : flat === layer.in_features ? `${put}: ${sum}.`
      : `${put} and use in_features=${flat}, or in_features=${input.at(-1)} for each row.`;
    const repair = onMap ? { insert: "Flatten", set: { in_features: null }, label: put } : { set: { in_features: null }, label: `Use in_features=${flat}` };
    refuse(`\`in_features\` (=${layer.in_features}) does not match the last axis of the input ${tuple(input)}.`, hint, repair);
  }

  return { KINDS, pair, product, tuple };
})();
