/* needs: parameters.js */
/* Which channels the filters of a convolution read, and what they cost. tests/test_widget_filters.py compares it with
   torch and cnn_guide. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.filters = (() => {
  /* The first channel that a filter reads, and the one after the last; all numbers count from 0. */
  const reads = (filter, { inChannels, outChannels, groups }) => {
    const group = Math.floor(filter / (outChannels / groups));
    return [group * (inChannels / groups), (group + 1) * (inChannels / groups)];
  };

  /* { total, kernels, weights }: parameters of the layer; kernels and weights of one filter. { why, hint } as in parameters.js. */
  const cost = (setting) => {
    const counted = cnnGuide.parameters.conv(setting);
    if (counted.why) return counted;
    const kernels = setting.inChannels / setting.groups;
    return { ...counted, kernels, weights: kernels * setting.k * setting.k };
  };

  /* Parameters of three layers from the same channels to the same channels. */
  const ways = (setting) => {
    const { inChannels } = setting;
    const total = (changes) => cnnGuide.parameters.conv({ ...setting, ...changes }).total;
    return {
      ordinary: total({ groups: 1 }),
      this: total({}),
      separable: total({ outChannels: inChannels, groups: inChannels }) + total({ groups: 1, k: 1 }),
    };
  };

  /* What the buttons make of a setting; a depthwise layer has as many filters as channels, or a multiple. */
  const PRESETS = {
    ordinary: (setting) => ({ ...setting, groups: 1, k: Math.max(setting.k, 3) }),
    pointwise: (setting) => ({ ...setting, groups: 1, k: 1 }),
    depthwise: ({ inChannels, outChannels, k, ...rest }) => ({
      ...rest, inChannels, groups: inChannels, k: Math.max(k, 3), outChannels: outChannels % inChannels ? inChannels : outChannels,
    }),
  };

  return { cost, PRESETS, reads, ways };
})();
