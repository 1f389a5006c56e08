/* Receptive fields along one axis: what each unit of a map sees of an image without ends, as in cnn_guide's patterns.
   A pattern is { spans, shift }: first and last pixel of the first units, and how much further the next ones lie;
   shift is null where nothing repeats itself and the spans are those of all units that there are. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.layerFields = (() => {
  const PIXEL = { spans: [[0, 0]], shift: 1 }; // every unit sees its own pixel
  const gcd = (a, b) => (b ? gcd(b, a % b) : a);

  const at = ({ spans, shift }, unit) => {
    if (shift === null) return spans[unit];
    const rounds = Math.floor(unit / spans.length);
    const span = spans[unit - rounds * spans.length];
    return span && [span[0] + rounds * shift, span[1] + rounds * shift];
  };

  const hull = (pattern, units) => {
    const seen = units.map((unit) => at(pattern, unit)).filter(Boolean);
    return seen.length ? [Math.min(...seen.map(([first]) => first)), Math.max(...seen.map(([, last]) => last))] : null;
  };

  const range = (first, end, step = 1) =>
    Array.from({ length: Math.max(0, Math.ceil((end - first) / step)) }, (_, index) => first + index * step);

  /* How the units of an output look at those of an input: `units` on an axis without ends, `period` as
     [units of the output, units of the input] after which the look repeats itself. */
  const window = ({ k, s, p, d }) => ({ units: (o) => range(o * s - p, o * s - p + k * d, d), period: [1, s] });
  const shares = (n, o) => ({
    units: (unit) => range(Math.floor((unit * n) / o), Math.ceil(((unit + 1) * n) / o)),
    period: [o / gcd(n, o), n / gcd(n, o)],
  });

  const through = (pattern, look, inputs, outputs) => {
    const { spans, shift } = pattern;
    if (shift !== null) {
      const [steps, inner] = look.period;
      const rounds = spans.length / gcd(spans.length, inner);
      if (steps * rounds <= outputs) {
        const seen = range(0, steps * rounds).map((unit) => hull(pattern, look.units(unit)));
        return shortest(seen, shift * ((inner * rounds) / spans.length));
      }
    }
    const real = (unit) => look.units(unit).filter((place) => place >= 0 && place < inputs);
    return { spans: range(0, outputs).map((unit) => hull(pattern, real(unit))), shift: null };
  };

  /* Every unit sees what all of them see together. */
  const whole = (pattern, inputs) => {
    const units = pattern.spans.length === 1 && pattern.shift !== null ? [0, inputs - 1] : range(0, inputs);
    return { spans: [hull(pattern, units)], shift: 0 };
  };

  /* The same pattern with the fewest spans. */
  const shortest = (spans, shift) => {
    for (let count = 1; count <= spans.length / 2; count += 1) {
      if (spans.length % count || (shift * count) % spans.length) continue;
      const shorter = { spans: spans.slice(0, count), shift: (shift * count) / spans.length };
      if (spans.every((span, unit) => String(at(shorter, unit)) === String(span))) return shorter;
    }
    return { spans, shift };
  };

  /* Pixels of the largest span. */
  const size = ({ spans }) => Math.max(0, ...spans.filter(Boolean).map(([first, last]) => last - first + 1));

  return { PIXEL, shares, size, through, whole, window };
})();
