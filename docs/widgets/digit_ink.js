/* From strokes to a picture as those of MNIST: without a page, so that the tests run it in V8. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.digitInk = (() => {
  const SIDE = 28;
  const BOX = 20; // MNIST's digits were scaled into a box of this side, and their centre of mass put on pixel (14, 14)
  const MIDDLE = 14;
  const RADIUS = 1.4; // half the width of MNIST's strokes: the median of its ones
  const SMALLEST = 12; // hundredths of the pad; a smaller drawing is a dot, and stays one

  const sum = (values) => values.reduce((a, b) => a + b, 0);

  /* A straight line of ink: full in its middle, and fading over one pixel at its edge. */
  const line = (pixels, [ax, ay], [bx, by]) => {
    const [dx, dy] = [bx - ax, by - ay];
    const long = dx * dx + dy * dy || 1;
    const reach = (a, b) => [Math.max(Math.ceil(Math.min(a, b) - RADIUS - 0.5), 0), Math.min(Math.floor(Math.max(a, b) + RADIUS + 0.5), SIDE - 1)];
    const [[left, right], [top, bottom]] = [reach(ax, bx), reach(ay, by)];
    for (let y = top; y <= bottom; y += 1) for (let x = left; x <= right; x += 1) {
      const along = Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / long, 0), 1);
      const ink = Math.min(Math.max(RADIUS + 0.5 - Math.hypot(x - ax - along * dx, y - ay - along * dy), 0), 1);
      pixels[y * SIDE + x] = Math.max(pixels[y * SIDE + x], ink);
    }
  };

  /* The picture of strokes, each a list of points: scaled into the box, then moved until its centre of mass is in the middle. */
  const picture = (strokes) => {
    const axes = [0, 1].map((axis) => strokes.flat().map((point) => point[axis]));
    const ends = axes.map((all) => [Math.min(...all), Math.max(...all)]);
    const scale = (BOX - 2 * RADIUS) / Math.max(...ends.map(([least, most]) => most - least), SMALLEST);
    const draw = (shift) => {
      const pixels = new Float64Array(SIDE * SIDE);
      const put = (point) => point.map((value, axis) => scale * value + shift[axis]);
      for (const stroke of strokes) stroke.forEach((point, at) => line(pixels, put(stroke[Math.max(at - 1, 0)]), put(point)));
      return pixels;
    };
    const shift = ends.map(([least, most]) => MIDDLE - (scale * (least + most)) / 2);
    const first = draw(shift);
    const mass = sum(first);
    if (!mass) return first;
    const centre = [(at) => at % SIDE, (at) => Math.floor(at / SIDE)].map((axis) => sum(first.map((ink, at) => ink * axis(at))) / mass);
    return draw(shift.map((value, axis) => value + MIDDLE - centre[axis]));
  };

  return { SIDE, picture };
})();
