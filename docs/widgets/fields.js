/* needs: sizes.js */
/* Receptive fields of a stack of layers along one axis. tests/test_widget_fields.py compares them with cnn_guide and torch.
   A layer: { kind: "conv" or "pool", k, s, d, p } as in sizes.js. A level is a row of units: level 0 holds the pixels,
   level 1 the units of the first layer, and so on. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.receptiveField = (() => {
  const PIXEL = { size: 1, jump: 1, start: 0 };

  /* What one more layer makes of size, jump and start. */
  const grow = ({ size, jump, start }, { k, s, d, p }) => ({
    size: size + d * (k - 1) * jump,
    jump: jump * s,
    start: start - p * jump,
  });

  /* The levels, up to the first layer that does not fit; that one stands at the end of the list as { why, hint }. */
  const levels = (n, layers) => {
    const found = [{ units: n, ...PIXEL }];
    for (const layer of layers) {
      const below = found.at(-1);
      const { size: units, ...refusal } = cnnGuide.sizes[layer.kind]({ n: below.units, ...layer });
      if (!units) return [...found, refusal];
      found.push({ units, ...grow(below, layer) });
    }
    return found;
  };

  /* In how many ways each unit of the levels below feeds one unit; the first list is that of the pixels. What lies in
     the padding of any level is no way: zeros were put there. */
  const ways = (n, layers, level, unit) => {
    const counts = levels(n, layers).slice(0, level + 1).map(({ units }) => new Array(units).fill(0));
    counts[level][unit] = 1;
    for (let at = level; at > 0; at -= 1) {
      counts[at].forEach((count, o) => {
        if (!count) return;
        for (const below of cnnGuide.sizes.taps(o, layers[at - 1])) {
          if (below in counts[at - 1]) counts[at - 1][below] += count;
        }
      });
    }
    return counts;
  };

  /* "conv3 pool2 conv3s1d2p4", as an author writes it; what cannot be read is left out. */
  const read = (text) => [...text.matchAll(/(conv|pool)(\d+)(?:s(\d+))?(?:d(\d+))?(?:p(\d+))?/g)].map(([, kind, k, s, d, p]) =>
    ({ kind, k: Number(k), s: Number(s ?? (kind === "pool" ? k : 1)), d: Number(d ?? 1), p: Number(p ?? 0) }));

  const written = (layers) => layers.map(({ kind, k, s, d, p }) => `${kind}${k}s${s}d${d}p${p}`).join("_");

  return { grow, levels, read, ways, written };
})();
