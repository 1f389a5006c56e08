/* A convolution of a square picture with a square kernel (not turned, no padding, stride 1), ReLU behind it if wished, half
   the squared error, and the way back; tests/test_widget_gradients.py compares it with torch. Grids are lists of rows. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.gradients = (() => {
  const grid = (side, value) => Array.from({ length: side }, (_, row) => Array.from({ length: side }, (__, column) => value(row, column)));
  const total = (terms) => terms.reduce((sum, { one, other }) => sum + one * other, 0);
  const pairs = (side) => grid(side, (row, column) => [row, column]).flat();

  /* What is multiplied and added up for one number: each term names its two factors and where they lie. */
  const forOutput = ({ picture, kernel }, [i, j]) => pairs(kernel.length).map(([u, v]) => (
    { one: picture[i + u][j + v], at: [i + u, j + v], other: kernel[u][v], by: [u, v] }));
  const forWeight = ({ picture, delta }, [u, v]) => pairs(delta.length).map(([i, j]) => (
    { one: delta[i][j], at: [i, j], other: picture[i + u][j + v], by: [i + u, j + v] }));
  const forPixel = ({ kernel, delta }, [p, q]) => pairs(delta.length)
    .filter(([i, j]) => p - i >= 0 && p - i < kernel.length && q - j >= 0 && q - j < kernel.length)
    .map(([i, j]) => ({ one: delta[i][j], at: [i, j], other: kernel[p - i][q - j], by: [p - i, q - j] }));

  /* { sums, outputs, delta, loss, ofKernel, ofPicture }: `sums` come before ReLU, `delta` is the slope of each of them. */
  const run = ({ picture, kernel, target, relu }) => {
    const sums = grid(target.length, (i, j) => total(forOutput({ picture, kernel }, [i, j])));
    const outputs = sums.map((row) => row.map((value) => (relu ? Math.max(0, value) : value)));
    const delta = outputs.map((row, i) => row.map((value, j) => (relu && sums[i][j] <= 0 ? 0 : value - target[i][j])));
    const loss = outputs.flat().reduce((sum, value, at) => sum + (value - target.flat()[at]) ** 2, 0) / 2;
    const ofKernel = grid(kernel.length, (u, v) => total(forWeight({ picture, delta }, [u, v])));
    const ofPicture = grid(picture.length, (p, q) => total(forPixel({ kernel, delta }, [p, q])));
    return { sums, outputs, delta, loss, ofKernel, ofPicture };
  };

  /* The kernel after one step against its slopes. */
  const step = (setting, rate) => {
    const { ofKernel } = run(setting);
    return setting.kernel.map((row, u) => row.map((weight, v) => weight - rate * ofKernel[u][v]));
  };

  return { forOutput, forPixel, forWeight, run, step };
})();
