/* The arithmetic of the digit network, without a page: the tests run it in V8 and compare it with PyTorch. A network is the
   list of layers of the compact form (docs/reference/exporting.md); values are flat, in the order channel, row, column. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.digit = (() => {
  /* A number of 16 bits: sign, 5 bits of exponent, 10 of fraction. */
  const half = (bits) => {
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    const size = exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction;
    return bits & 0x8000 ? -size : size;
  };

  /* The layers, from the two files of the compact form. Flattening changes nothing where all is flat. */
  const unpack = (head, bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const read = ({ shape, offset }) =>
      Float64Array.from({ length: shape.reduce((a, b) => a * b) }, (_, at) => half(view.getUint16(offset + 2 * at, true)));
    let from = head.input_size;
    return head.layers.filter(({ type }) => type !== "flatten").map(({ type, output_size: [channels, rows = 1, columns = 1], ...layer }) => {
      const made = { type, from, size: [channels, rows, columns], stride: layer.stride, padding: layer.padding };
      made.kernel = layer.kernel_size ?? layer.weight?.shape.slice(2);
      made.weight = layer.weight && read(layer.weight);
      if (type === "conv") made.spread = made.weight.map((_, at) => made.weight[(at % channels) * (made.weight.length / channels) + Math.floor(at / channels)]);
      made.bias = layer.bias ? read(layer.bias) : new Float64Array(channels);
      from = made.size;
      return made;
    });
  };

  /* The places in a channel that the window of a unit covers: (channel, row, column) as one number, or -1 in the padding. */
  const window = ({ from: [, rows, columns], kernel: [height, width], stride, padding }, channel, [row, column]) =>
    Array.from({ length: height * width }, (_, at) => {
      const r = row * stride[0] + Math.floor(at / width) - padding[0];
      const c = column * stride[1] + (at % width) - padding[1];
      return r < 0 || r >= rows || c < 0 || c >= columns ? -1 : (channel * rows + r) * columns + c;
    });

  /* Each value is handed on to the units that use it: where a map is 0, as most of it is after a ReLU, nothing is to be done.
     The sums of all filters at one place lie side by side until the end, and so do the weights (`spread`) that lead there. */
  const convolve = ({ from: [channels, rows, columns], size, kernel: [height, width], stride, padding, spread, bias }, x) => {
    const [filters, down, across] = size;
    const sums = new Float64Array(down * across * filters).map((_, at) => bias[at % filters]);
    for (let at = 0; at < x.length; at += 1) {
      const value = x[at];
      if (value === 0) continue;
      const column = (at % columns) + padding[1];
      const row = (Math.floor(at / columns) % rows) + padding[0];
      const first = Math.floor(at / (rows * columns)) * height * width;
      for (let i = row % stride[0]; i < height && i <= row; i += stride[0]) {
        const r = (row - i) / stride[0];
        if (r >= down) continue;
        for (let j = column % stride[1]; j < width && j <= column; j += stride[1]) {
          const c = (column - j) / stride[1];
          if (c >= across) continue;
          const [to, from] = [(r * across + c) * filters, (first + i * width + j) * filters];
          for (let f = 0; f < filters; f += 1) sums[to + f] += value * spread[from + f];
        }
      }
    }
    return sums.map((_, at) => sums[(at % (down * across)) * filters + Math.floor(at / (down * across))]);
  };

  const pool = (layer, x) => {
    const { from: [channels, rows, columns], size: [, down, across], kernel: [height, width], stride, padding } = layer;
    const y = new Float64Array(channels * down * across).fill(-Infinity);
    for (let to = 0; to < y.length; to += 1) {
      const top = (Math.floor(to / across) % down) * stride[0] - padding[0];
      const left = (to % across) * stride[1] - padding[1];
      const start = Math.floor(to / (down * across)) * rows * columns;
      for (let r = Math.max(top, 0); r < Math.min(top + height, rows); r += 1) {
        for (let c = Math.max(left, 0); c < Math.min(left + width, columns); c += 1) y[to] = Math.max(y[to], x[start + r * columns + c]);
      }
    }
    return y;
  };

  const sum = (values) => values.reduce((a, b) => a + b, 0);
  const each = ([channels, rows, columns], compute) =>
    Float64Array.from({ length: channels * rows * columns }, (_, at) =>
      compute(Math.floor(at / (rows * columns)), [Math.floor(at / columns) % rows, at % columns], at));

  /* Each kind of layer: its values, and what one unit is made of. Its value is its bias and the sum of value × weight. */
  const KINDS = {
    conv: {
      values: convolve,
      terms: (layer, x, filter, place) => {
        const places = Array.from({ length: layer.from[0] }, (_, channel) => window(layer, channel, place)).flat();
        return places.map((at, w) => ({ at, value: x[at] ?? 0, weight: layer.weight[filter * places.length + w] }));
      },
    },
    relu: {
      values: (layer, x) => x.map((value) => Math.max(value, 0)),
      terms: (layer, x, channel, place, at) => [{ at, value: x[at], weight: x[at] > 0 ? 1 : 0 }],
    },
    maxpool: {
      values: pool,
      terms: (layer, x, channel, place) => {
        const places = window(layer, channel, place);
        const largest = Math.max(...places.map((at) => x[at] ?? -Infinity));
        const first = places.find((at) => x[at] === largest);
        return places.map((at) => ({ at, value: x[at] ?? 0, weight: at === first ? 1 : 0 }));
      },
    },
    global_average_pool: {
      values: (layer, x) => each(layer.size, (channel) => sum(plane(layer, x, channel)) / area(layer)),
      terms: (layer, x, channel) => Array.from(plane(layer, x, channel), (value, at) => ({ at: channel * area(layer) + at, value, weight: 1 / area(layer) })),
    },
    linear: {
      values: (layer, x) => layer.bias.map((bias, unit) => bias + sum(x.map((value, at) => value * layer.weight[unit * x.length + at]))),
      terms: (layer, x, unit) => Array.from(x, (value, at) => ({ at, value, weight: layer.weight[unit * x.length + at] })),
    },
  };
  const area = ({ from: [, rows, columns] }) => rows * columns;
  const plane = (layer, x, channel) => x.subarray(channel * area(layer), (channel + 1) * area(layer));

  /* The picture, and what each layer makes of it: layer i reads the values i and gives the values i + 1. */
  const run = (layers, picture) => layers.reduce((values, layer) => [...values, KINDS[layer.type].values(layer, values.at(-1))], [picture]);

  /* A unit of layer i, numbered within its layer. */
  const place = ([, rows, columns], at) => [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
  const terms = (layers, values, i, at) => {
    const [channel, ...where] = place(layers[i].size, at);
    return KINDS[layers[i].type].terms(layers[i], values[i], channel, where, at);
  };
  const bias = (layer, at) => (layer.weight ? layer.bias[place(layer.size, at)[0]] : 0);

  /* What units [first row, first column, last row, last column] of a layer see of the layer before, its padding left out. */
  const seen = ({ type, from: [, rows, columns], kernel, stride, padding }, [top, left, bottom, right]) => {
    if (type === "relu") return [top, left, bottom, right];
    if (!stride) return [0, 0, rows - 1, columns - 1]; // the mean of a map, or a sum over all of them
    return [
      Math.max(top * stride[0] - padding[0], 0), Math.max(left * stride[1] - padding[1], 0),
      Math.min(bottom * stride[0] - padding[0] + kernel[0], rows) - 1, Math.min(right * stride[1] - padding[1] + kernel[1], columns) - 1,
    ];
  };

  /* The same for every layer on the way back, from the unit's own place to the picture. */
  const trail = (layers, i, at) => {
    const [, row, column] = place(layers[i].size, at);
    return layers.slice(0, i + 1).reduceRight((found, layer) => [...found, seen(layer, found.at(-1))], [[row, column, row, column]]);
  };

  const softmax = (logits) => {
    const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
    return powers.map((power) => power / sum(powers));
  };

  /* How much each place of the last maps adds to a class's logit. Where maps are averaged and then weighed, this is
     Grad-CAM before its ReLU: the gradient of the logit is the weight over the number of places. */
  const evidence = (layers, values, digit) => {
    const at = layers.findIndex(({ type }) => type === "global_average_pool");
    const [channels, rows, columns] = layers[at].from;
    const weight = layers.at(-1).weight.subarray(digit * channels, (digit + 1) * channels);
    return each([1, rows, columns], (_, __, i) => sum(weight.map((w, c) => (w * values[at][c * rows * columns + i]) / (rows * columns))));
  };

  return { bias, evidence, half, place, run, seen, softmax, terms, trail, unpack };
})();
