/* needs: layers_link.js */
/* Code for a stack, from its rows (layers.js): PyTorch, cnn_guide and Keras. */
"use strict";

cnnGuide.layerCode = (() => {
  const { KINDS, pair, tuple } = cnnGuide.layers;
  const PLAIN = ["in_channels", "out_channels", "in_features", "out_features", "num_features", "output_size", "p"]; // without name

  const python = (value) => {
    if (value === null) return "None";
    if (typeof value === "boolean") return value ? "True" : "False";
    if (typeof value === "string") return `"${value}"`;
    return Array.isArray(value) ? `(${value.map(python).join(", ")})` : String(value);
  };
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const call = (name, args) => `${name}(${args.join(", ")})`;

  /* Only what differs from the defaults, with names where a reader would ask what a number means. */
  function pytorch(layer, prefix) {
    const given = Object.entries(KINDS[layer.kind].arguments)
      .filter(([name, otherwise]) => PLAIN.includes(name) || otherwise === undefined || !same(layer[name], otherwise))
      .map(([name]) => [name, python(layer[name])]);
    const alone = given.length === 1 && given[0][0] === "kernel_size";
    return call(prefix + layer.kind, given.map(([name, value]) => (alone || PLAIN.includes(name) ? value : `${name}=${value}`)));
  }

  const remark = ({ layer, input, output }) => {
    if (same(input, output)) return "";
    return `  # ${layer.kind === "Flatten" ? `${input.join(" · ")} = ${output[0]}` : tuple(output)}`;
  };

  const lines = (rows, prefix) => rows.map((row) => `    ${pytorch(row.layer, prefix)},${remark(row)}`);

  function torch(input, rows) {
    return [
      "import torch", "from torch import nn", "",
      `model = nn.Sequential(  # input: ${tuple(input)}`, ...lines(rows, "nn."), ")",
      `print(model(torch.zeros(2, ${input.join(", ")})).shape)  # a batch of 2`,
    ];
  }

  function guide(input, rows) {
    const kinds = [...new Set([...rows.map(({ layer }) => layer.kind), "Sequential"])].sort();
    const all = kinds.join(", ");
    const head = all.length < 60 ? [`from cnn_guide.layers import ${all}`] : ["from cnn_guide.layers import (", ...kinds.map((kind) => `    ${kind},`), ")"];
    return [
      "from cnn_guide import summary", ...head, "",
      "model = Sequential(", ...lines(rows, ""), ")",
      `print(summary(model, input_size=${tuple(input)}))`,
    ];
  }

  /* Keras has the channels last, and other ways to say padding, rounding up and shares of a map. */
  const last = (shape) => (shape.length === 3 ? tuple([shape[1], shape[2], shape[0]]) : tuple(shape));
  const named = (name, value, otherwise) => (same(value, otherwise) ? [] : [`${name}=${python(value)}`]);
  const missing = (layer, why) => [`# no counterpart in Keras: ${pytorch(layer, "nn.")}: ${why}`];

  const KERAS = {
    Conv2d(layer) {
      const { padding, stride, dilation, kernel_size } = layer;
      const spread = pair(padding).every((p, axis) => p === (pair(dilation)[axis] * (pair(kernel_size)[axis] - 1)) / 2);
      const isSame = padding === "same" || (spread && same(pair(stride), [1, 1]) && !same(pair(padding), [0, 0]));
      const both = !same(pair(stride), [1, 1]) && !same(pair(dilation), [1, 1]); // which Keras refuses
      const first = isSame || typeof padding === "string" || same(pair(padding), [0, 0]) ? [] : [`layers.ZeroPadding2D(${python(padding)}),`];
      const conv = call("layers.Conv2D", [
        layer.out_channels, python(kernel_size), ...(both ? [] : named("strides", stride, 1)), ...(isSame ? ['padding="same"'] : []),
        ...named("dilation_rate", dilation, 1), ...named("groups", layer.groups, 1), ...named("use_bias", layer.bias, true),
      ]);
      const after = both ? [`layers.MaxPooling2D(1, strides=${python(stride)}),  # the stride, which Keras refuses beside a dilation`] : [];
      return [...first, `${conv},`, ...after];
    },
    MaxPool2d(layer, input, output) {
      if (!same(pair(layer.dilation), [1, 1])) return missing(layer, "its pooling has no dilation");
      return kerasPool("layers.MaxPooling2D", layer, input, output, "zeros, where PyTorch has −∞: the same after ReLU");
    },
    AvgPool2d(layer, input, output) {
      return kerasPool("layers.AveragePooling2D", layer, input, output, "");
    },
    AdaptiveAvgPool2d(layer, input, output) {
      if (output[1] === 1 && output[2] === 1) return ["layers.GlobalAveragePooling2D(keepdims=True),"];
      const ratio = [input[1] / output[1], input[2] / output[2]];
      if (!ratio.every(Number.isInteger)) return missing(layer, `${input[1]}×${input[2]} can't be cut into ${output[1]}×${output[2]} equal windows`);
      return [`layers.AveragePooling2D(${python(cnnGuide.layerLinks.joined(ratio))}),`];
    },
    BatchNorm2d: ({ affine, bias }) => [call("layers.BatchNormalization", ["momentum=0.9", "epsilon=1e-5", ...(affine && bias ? [] : ["center=False"]), ...(affine ? [] : ["scale=False"])]) + ","],
    ReLU: () => ["layers.ReLU(),"],
    Dropout: ({ p }) => [`layers.Dropout(${p}),`],
    Flatten: () => ["layers.Flatten(),"],
    Linear(layer, input) {
      const dense = call("layers.Dense", [layer.out_features, ...named("use_bias", layer.bias, true)]) + ",";
      return input.length === 1 ? [dense] : ["layers.Permute((3, 1, 2)),  # PyTorch's dense layer works along the width", dense, "layers.Permute((2, 3, 1)),"];
    },
  };

  function kerasPool(name, layer, input, output, filling) {
    const { kernel_size, padding } = layer;
    const stride = layer.stride ?? kernel_size;
    const along = (axis) => [kernel_size, stride, padding].map((value) => pair(value)[axis]);
    const ends = [0, 1].map((axis) => { // how far the last window sticks out
      const [k, s, p] = along(axis);
      return (output[axis + 1] - 1) * s + k - input[axis + 1] - 2 * p;
    });
    const asSame = ends.every((end, axis) => [0, 1].includes(end) && along(axis)[0] - end <= along(axis)[1]); // TensorFlow's SAME
    const sticksOut = ends.some((end) => end > 0);
    const pool = (...more) => call(name, [python(kernel_size), ...named("strides", stride, kernel_size), ...more]) + ",";
    if (!sticksOut && same(pair(padding), [0, 0])) return [pool()];
    if (same(pair(padding), [0, 0]) && asSame) return [pool('padding="same"')];
    if (sticksOut && name.includes("Average")) return missing(layer, "it rounds no size up beside padding");
    const sides = pair(padding).map((p, axis) => [p, p + Math.max(ends[axis], 0)]);
    const zeros = sticksOut ? python(sides) : python(padding);
    return [`layers.ZeroPadding2D(${zeros}),${filling ? `  # ${filling}` : ""}`, pool()];
  }

  function keras(input, rows) {
    const body = rows.flatMap((row) => {
      const parts = KERAS[row.layer.kind](row.layer, row.input, row.output);
      const bare = !parts.at(-1).includes("#") && !same(row.input, row.output);
      return bare ? [...parts.slice(0, -1), `${parts.at(-1)}  # ${last(row.output)}`] : parts;
    });
    return [
      "import keras", "from keras import layers", "",
      "model = keras.Sequential([", `    keras.Input(${last(input)}),  # the channels come last`, ...body.map((line) => `    ${line}`), "])",
      "model.summary()",
    ];
  }

  const DIALECTS = { PyTorch: torch, Keras: keras, cnn_guide: guide };
  return (dialect, input, rows) => `${DIALECTS[dialect](input, rows).join("\n")}\n`;
})();
