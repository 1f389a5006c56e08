/* Pictures, kernels and whole examples to begin with. */
"use strict";

cnnGuide.convolutionPresets = (() => {
  const LESSON = [[3, 0, 1, 2, 7, 4], [1, 5, 8, 9, 3, 1], [2, 7, 2, 5, 1, 3], [0, 1, 3, 1, 7, 8], [4, 2, 1, 6, 2, 8], [2, 4, 5, 2, 3, 9]];
  const VERTICAL = [[1, 0, -1], [1, 0, -1], [1, 0, -1]];
  const middle = (size) => Math.floor((size - 1) / 2);
  const inside = (at, size) => at >= size / 4 && at < (size * 3) / 4;

  /* A picture gives the value of a pixel in an image of any size. */
  const pictures = {
    "This page's image": (row, column) => LESSON[row % 6][column % 6],
    "Bright square": (row, column, rows, columns) => (inside(row, rows) && inside(column, columns) ? 9 : 1),
    "One bright pixel": (row, column, rows, columns) => (row === middle(rows) && column === middle(columns) ? 1 : 0),
    "Diagonal line": (row, column) => (row === column ? 9 : 0),
    "Slope": (row, column) => column,
    "All alike": () => 5,
    "Empty": () => 0,
  };

  const kernels = {
    "Vertical edges (this page)": VERTICAL,
    "Sobel, change across": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    "Sobel, change downwards": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    "Blur": [[0.0625, 0.125, 0.0625], [0.125, 0.25, 0.125], [0.0625, 0.125, 0.0625]],
    "Sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "Outline": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "Copy": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "Shift": [[0, 0, 0], [1, 0, 0], [0, 0, 0]],
    "One to nine": [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
    "A row of three": [[1, 1, 1]],
  };

  const paint = (name, [rows, columns]) =>
    Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (__, column) => pictures[name](row, column, rows, columns)));

  /* [picture or two, kernel or two, what differs from a plain convolution of 6×6 pixels] */
  const EXAMPLES = {
    "This page: −5 in the corner": [["This page's image"], ["Vertical edges (this page)"], {}],
    "Sobel on a square": [["Bright square"], ["Sobel, change across"], { n: [8, 8] }],
    "Blur": [["Bright square"], ["Blur"], { n: [8, 8], p: [1, 1], mode: "replicate" }],
    "Padding keeps the size": [["This page's image"], ["Sharpen"], { p: [1, 1] }],
    "A mirrored border": [["This page's image"], ["Blur"], { p: [2, 2], mode: "reflect" }],
    "Stride 2": [["This page's image"], ["Vertical edges (this page)"], { n: [7, 7], s: [2, 2] }],
    "Dilation 2": [["This page's image"], ["One to nine"], { n: [8, 8], d: [2, 2] }],
    "Neither square": [["Slope"], ["A row of three"], { n: [4, 9], s: [1, 2] }],
    "True convolution copies the kernel": [["One bright pixel"], ["One to nine"], { n: [5, 5], p: [1, 1], turned: true }],
    "Two channels, added up": [["This page's image", "Bright square"], ["Vertical edges (this page)", "Blur"], { n: [5, 5] }],
    "Two channels, each for itself": [["This page's image", "Bright square"], ["Vertical edges (this page)", "Blur"], { n: [5, 5], groups: 2 }],
    "Transposed: twice as large": [["This page's image"], ["One to nine"], { n: [3, 3], s: [2, 2], p: [1, 1], extra: [1, 1], transposed: true }],
  };

  const PLAIN = { n: [6, 6], s: [1, 1], p: [0, 0], d: [1, 1], extra: [0, 0], mode: "zeros", transposed: false, turned: false, groups: 1 };

  const example = (name) => {
    const [images, weights, different] = EXAMPLES[name];
    const kernel = weights.map((one) => kernels[one].map((row) => [...row]));
    const setting = { ...PLAIN, ...different, k: [kernel[0].length, kernel[0][0].length] };
    return { setting, input: images.map((one) => paint(one, setting.n)), kernel, at: 0 };
  };

  /* The same planes with other sizes: what remains stays, new places are filled. */
  const resize = (planes, count, [rows, columns], fill) =>
    Array.from({ length: count }, (_, plane) => Array.from({ length: rows }, (__, row) =>
      Array.from({ length: columns }, (___, column) => planes[plane]?.[row]?.[column] ?? fill(row, column, plane))));

  /* A state whose planes are as large as its setting says. */
  const fit = ({ setting, input, kernel, at }, count = input.length) => ({
    setting,
    input: resize(input, count, setting.n, (row, column, plane) => LESSON[(row + plane) % 6][(column + plane) % 6]),
    kernel: resize(kernel, count, setting.k, (row, column, plane) => (kernel[plane] ? 0 : kernel[0]?.[row]?.[column] ?? 0)),
    at,
  });

  return { example, examples: Object.keys(EXAMPLES), fit, kernels, paint, pictures: Object.keys(pictures) };
})();
