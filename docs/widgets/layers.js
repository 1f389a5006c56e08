/* needs: layers_kinds.js */
/* A chain of layers: shapes, parameters, MACs, activations and receptive fields, as cnn_guide has them;
   tests/test_widget_layers.py compares the two. A stack is { input: [C, H, W], layers: [...] }; a layer is
   { kind, ...arguments }, where null for in_channels, in_features and num_features means: whatever comes in. */
"use strict";

cnnGuide.layers = (() => {
  const fields = cnnGuide.layerFields;
  const { KINDS, pair, product, tuple } = cnnGuide.layerKinds;

  /* What the units see: a pattern for each axis of the image, and how many units there are along it. */
  function seen({ patterns, units }, layer, input, output) {
    const { kind } = layer;
    const through = KINDS[kind].looks?.(layer);
    if (through) {
      return { patterns: patterns.map((pattern, axis) => fields.through(pattern, through[axis], input[axis + 1], output[axis + 1])), units: output.slice(1) };
    }
    if (kind === "AdaptiveAvgPool2d") return { patterns: patterns.map((pattern, axis) => shared(pattern, input[axis + 1], output[axis + 1])), units: output.slice(1) };
    if (kind !== "Linear") return { patterns, units };
    return { patterns: patterns.map((pattern, axis) => (input.length === 1 || axis === 1 ? fields.whole(pattern, units[axis]) : pattern)), units: input.length === 1 ? [1, 1] : output.slice(1) };
  }

  function shared(pattern, inputs, outputs) {
    if (outputs === 1) return fields.whole(pattern, inputs);
    return inputs === outputs ? pattern : fields.through(pattern, fields.shares(inputs, outputs), inputs, outputs);
  }

  /* The layer with what comes in put in place of null. */
  function settled(layer, input) {
    const name = KINDS[layer.kind].follows;
    if (!name || layer[name] !== null) return layer;
    const number = layer.kind === "Linear" ? product(input) : input[0]; // a dense layer wants the flattened map
    return { ...layer, [name]: number };
  }

  function row(layer, input, view) {
    const rules = KINDS[layer.kind];
    const known = settled(layer, input);
    rules.check?.(known);
    const output = rules.output?.(known, input) ?? input;
    const next = seen(view, known, input, output);
    const costs = { parameters: rules.parameters?.(known) ?? 0, macs: rules.macs?.(known, output) ?? 0, activations: rules.stores === false ? 0 : product(output) };
    return { layer: known, input, output, ...costs, field: next.patterns.map(fields.size), view: next };
  }

  /* Every layer of the stack, up to the first that cannot be: { rows, refusal, parameters, macs, activations }. */
  function trace({ input, layers }) {
    const rows = [];
    let place = 0;
    let refusal = null;
    try {
      let [shape, view] = [input, { patterns: [fields.PIXEL, fields.PIXEL], units: input.slice(1) }];
      for (place = 0; place < layers.length; place += 1) {
        rows.push(row(layers[place], shape, view));
        ({ output: shape, view } = rows.at(-1));
      }
    } catch (error) {
      if (!error.problem) throw error;
      const { problem, hint, repair } = error;
      refusal = { place, kind: layers[place].kind, problem, hint, repair };
    }
    const sum = (name) => rows.reduce((all, each) => all + each[name], 0);
    return { rows, refusal, parameters: sum("parameters"), macs: sum("macs"), activations: sum("activations") };
  }

  /* A stack in which the way out of a refusal has been taken. */
  function repaired({ input, layers }, { place, repair }) {
    const changed = { ...layers[place], ...repair.set };
    const inserted = repair.insert ? [make(repair.insert)] : [];
    return { input, layers: [...layers.slice(0, place), ...inserted, changed, ...layers.slice(place + 1)] };
  }

  /* The same stack, in which numbers that are those that come in follow what comes in. */
  function loosened(stack) {
    const { rows } = trace(stack);
    const layers = stack.layers.map((layer, place) => {
      const name = KINDS[layer.kind].follows;
      if (!name || !rows[place]) return layer;
      const free = { ...layer, [name]: null };
      return settled(free, rows[place].input)[name] === layer[name] ? free : layer;
    });
    return { input: stack.input, layers };
  }

  const make = (kind, given = {}) => ({ kind, ...KINDS[kind].arguments, ...given });

  return { KINDS, loosened, make, pair, product, repaired, trace, tuple };
})();
