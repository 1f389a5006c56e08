/* What <relu-switch> computes: two 3×3 kernels with a bend between, and the one 5×5 kernel that comes closest.
   tests/test_widget_bends.py compares it with torch. A grid is a list of numbers, row by row, with its side. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.bends = (() => {
  const FUNCTIONS = {
    none: (x) => x,
    relu: (x) => Math.max(0, x),
    leaky: (x) => (x > 0 ? x : 0.1 * x),
    tanh: Math.tanh,
    sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  };

  const build = (side, value) => Array.from({ length: side * side }, (_, at) => value(Math.floor(at / side), at % side));

  /* The pixels that a window of k × k reads. */
  const seen = (grid, side, k, row, column) => build(k, (u, v) => grid[(row + u) * side + column + v]);
  const dot = (one, other) => one.reduce((sum, value, at) => sum + value * other[at], 0);

  /* A square kernel at every place where it fits. */
  const slide = (grid, side, kernel, bias = 0) => {
    const k = Math.sqrt(kernel.length);
    return build(side - k + 1, (row, column) => bias + dot(seen(grid, side, k, row, column), kernel));
  };

  /* The 5×5 kernel of two 3×3 kernels in a row, with nothing between: every product of their weights, where it falls. */
  const merge = (first, second) => {
    const merged = new Array(25).fill(0);
    second.forEach((outer, at) => first.forEach((inner, below) => {
      const [row, column] = [Math.floor(at / 3) + Math.floor(below / 3), (at % 3) + (below % 3)];
      merged[5 * row + column] += outer * inner;
    }));
    return merged;
  };

  /* The 5×5 kernel and the bias whose map of this grid has the smallest squared distance from `target`. A trace of
     ridge decides where pixels that never change leave the weights open. */
  const fit = (grid, side, target) => {
    const size = 26;
    const sums = Array.from({ length: size }, () => new Float64Array(size + 1));
    for (let place = 0; place < target.length; place += 1) {
      const row = [...seen(grid, side, 5, Math.floor(place / (side - 4)), place % (side - 4)), 1, target[place]];
      for (let i = 0; i < size; i += 1) {
        if (row[i]) for (let j = 0; j <= size; j += 1) sums[i][j] += row[i] * row[j];
      }
    }
    for (let i = 0; i < size; i += 1) sums[i][i] += 1e-7 * target.length;
    const solved = solve(sums);
    return { kernel: solved.slice(0, 25), bias: solved[25] };
  };

  /* Gauss: the equations are those of a sum of squares, so no row has to be exchanged. */
  const solve = (rows) => {
    const size = rows.length;
    for (let i = 0; i < size; i += 1) {
      for (let below = i + 1; below < size; below += 1) {
        const factor = rows[below][i] / rows[i][i];
        if (factor) for (let j = i; j <= size; j += 1) rows[below][j] -= factor * rows[i][j];
      }
    }
    const found = new Array(size).fill(0);
    for (let i = size - 1; i >= 0; i -= 1) {
      let rest = rows[i][size];
      for (let j = i + 1; j < size; j += 1) rest -= rows[i][j] * found[j];
      found[i] = rest / rows[i][i];
    }
    return found;
  };

  /* Two layers, and one: `sums` before the bend, `first` after it, `second`; the single kernel, its map, and what is
     missed: the largest difference, and the share of the second map's spread that the differences have. */
  const compare = ({ grid, side, first: one, second: two, bias = 0, between = "none" }) => {
    const sums = slide(grid, side, one, bias);
    const straight = between === "none" || (sums.every((sum) => sum >= 0) && (between === "relu" || between === "leaky"));
    const first = sums.map(FUNCTIONS[between]);
    const second = slide(first, side - 2, two);
    const { kernel, bias: shift } = straight ? { kernel: merge(one, two), bias: bias * two.reduce((sum, w) => sum + w, 0) } : fit(grid, side, second);
    const single = slide(grid, side, kernel, shift);
    const off = second.map((value, at) => value - single[at]);
    const mean = second.reduce((sum, value) => sum + value, 0) / second.length;
    const spread = Math.sqrt(second.reduce((sum, value) => sum + (value - mean) ** 2, 0));
    const missed = spread > 1e-9 ? Math.sqrt(dot(off, off)) / spread : 0;
    return { sums, first, second, kernel, shift, single, off, straight, missed, largest: Math.max(...off.map(Math.abs)), positive: sums.filter((sum) => sum > 0).length };
  };

  return { FUNCTIONS, compare, fit, merge, slide };
})();
