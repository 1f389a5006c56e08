/* needs: sizes.js */
/* How many parameters layers have. tests/test_widget_parameters.py compares them with cnn_guide.
   The widgets keep their fields so small that every count is below 2^53, up to which numbers are exact. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.parameters = (() => {
  /* One weight for each input and unit, one bias a unit. */
  const dense = ({ inputs, units, bias = true }) => inputs * units + (bias ? units : 0);

  const factor = (a, b) => (b ? factor(b, a % b) : a);

  /* The largest number of groups, up to the one wished for, that divides both numbers of channels. */
  const nearestGroups = (inChannels, outChannels, groups) => {
    const both = factor(inChannels, outChannels);
    let nearest = Math.min(groups, both);
    while (both % nearest) nearest -= 1;
    return nearest;
  };

  /* { total }: each filter has k·k weights for each channel of its group; { why, hint } where the groups do not come out even. */
  const conv = ({ inChannels, outChannels, k, groups = 1, bias = true }) => {
    if (inChannels % groups || outChannels % groups) {
      return {
        why: `${groups} groups must divide both the ${inChannels} channels and the ${outChannels} filters.`,
        hint: `Use ${nearestGroups(inChannels, outChannels, groups)}.`,
      };
    }
    return { total: outChannels * (inChannels / groups) * k * k + (bias ? outChannels : 0) };
  };

  /* A convolution with an odd kernel, then, where they are wanted, pooling and a mean over each map; two dense layers.
     Each layer: its key, the shape that it makes, its parameters, and whether it is there at all. */
  const network = ({ side = 28, channels = 1, filters = 16, k = 3, units = 128, classes = 10, padding, pooling, mean }) => {
    const { sizes } = cnnGuide;
    const map = sizes.conv({ n: side, k, p: padding ? (k - 1) / 2 : 0 }).size;
    const pooled = pooling ? sizes.pool({ n: map, k: 2 }).size : map;
    const last = mean ? 1 : pooled;
    const square = (length) => [filters, length, length];
    return [
      { key: "conv", shape: square(map), parameters: conv({ inChannels: channels, outChannels: filters, k }).total, there: true },
      { key: "pool", shape: square(pooled), parameters: 0, there: pooling },
      { key: "mean", shape: square(last), parameters: 0, there: mean },
      { key: "first", shape: [units], parameters: dense({ inputs: filters * last * last, units }), there: true },
      { key: "last", shape: [classes], parameters: dense({ inputs: units, units: classes }), there: true },
    ];
  };

  const total = (layers) => layers.reduce((sum, { parameters }) => sum + parameters, 0);

  return { conv, dense, network, total };
})();
