/* What <drag-object> computes, on grids of whole numbers, so that "the same" can mean exactly the same: a square field
   with an object in it, the map of a kernel, max pooling. tests/test_widget_sharing.py compares it with torch. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.sharing = (() => {
  const build = (side, value) => Array.from({ length: side * side }, (_, at) => value(Math.floor(at / side), at % side));
  const within = (at, side) => at >= 0 && at < side;
  const around = (at, side) => ((at % side) + side) % side;

  /* The number at a place of a grid; outside it is black, or the grid goes on at its other side. */
  const read = (grid, side, row, column, wrap) => {
    if (wrap) return grid[around(row, side) * side + around(column, side)];
    return within(row, side) && within(column, side) ? grid[row * side + column] : 0;
  };

  /* An object { rows, columns, pixels } on a black field, its top-left corner at (row, column). */
  const place = ({ rows, columns, pixels }, side, row, column, wrap) => {
    const field = new Array(side * side).fill(0);
    pixels.forEach((value, at) => {
      const spot = [row + Math.floor(at / columns), column + (at % columns)].map((one) => (wrap ? around(one, side) : one));
      if (spot.every((one) => within(one, side)) && at < rows * columns) field[spot[0] * side + spot[1]] += value;
    });
    return field;
  };

  /* A 3×3 kernel at every place of the field, negative answers set to 0. The map is as large as the field. */
  const respond = (field, side, kernel, wrap) => build(side, (row, column) => {
    let sum = 0;
    kernel.forEach((weight, at) => {
      sum += weight * read(field, side, row + Math.floor(at / 3) - 1, column + (at % 3) - 1, wrap);
    });
    return Math.max(0, sum);
  });

  /* The largest number of each window, without overlap; `size` divides `side`. */
  const pool = (map, side, size) => build(side / size, (row, column) => {
    let most = 0; // no number of a map is smaller
    for (let at = 0; at < size * size; at += 1) {
      most = Math.max(most, map[(row * size + Math.floor(at / size)) * side + column * size + (at % size)]);
    }
    return most;
  });

  /* A grid moved by whole places. */
  const move = (grid, side, down, right, wrap) => build(side, (row, column) => read(grid, side, row - down, column - right, wrap));

  const differing = (one, other) => one.map((value, at) => value !== other[at]);
  const count = (marks) => marks.filter(Boolean).length;
  const sum = (grid) => grid.reduce((total, value) => total + value, 0);

  return { count, differing, move, place, pool, respond, sum };
})();
