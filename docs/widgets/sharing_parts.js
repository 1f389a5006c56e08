/* The objects of <drag-object>, its pictures of grids, and its words. */
"use strict";

cnnGuide.sharingParts = (() => {
  const SHAPES = {
    ring: ["Ring", 13, (row, column) => Math.abs(Math.hypot(row - 6, column - 6) - 4.5) < 1.5],
    cross: ["Cross", 11, (row, column) => Math.abs(row - 5) < 2 || Math.abs(column - 5) < 2],
    dot: ["A single pixel", 1, () => true],
  };

  /* The page's own object, where it publishes one, and some that are drawn here. */
  function objects() {
    const found = {};
    const published = cnnGuide.files?.["object.bin"];
    if (published) {
      const [rows, columns, ...pixels] = Uint8Array.from(atob(published), (sign) => sign.charCodeAt(0));
      found.digit = ["Digit", { rows, columns, pixels }];
    }
    for (const [value, [name, side, inside]] of Object.entries(SHAPES)) {
      const pixels = Array.from({ length: side * side }, (_, at) => (inside(Math.floor(at / side), at % side) ? 255 : 0));
      found[value] = [name, { rows: side, columns: side, pixels }];
    }
    return found;
  }

  /* Black is 0 and white the largest number, on either page; numbers that differ are orange. */
  function paint(canvas, grid, largest, marks = []) {
    const side = Math.sqrt(grid.length);
    [canvas.width, canvas.height] = [side, side];
    const image = new ImageData(side, side);
    grid.forEach((value, at) => {
      const light = Math.round(255 * Math.min(1, value / largest));
      const colour = marks[at] ? [140 + 0.45 * light, 60 + 0.45 * light, 0.3 * light] : [light, light, light];
      image.data.set([...colour, 255], 4 * at);
    });
    canvas.getContext("2d").putImageData(image, 0, 0);
    if (canvas.getAttribute("role") === "img") canvas.setAttribute("aria-label", `${side} × ${side} numbers, ${cnnGuide.sharing.count(marks)} of them marked`);
  }

  const verdict = (marks) => {
    const count = cnnGuide.sharing.count(marks);
    return count ? [`${count} of ${marks.length.toLocaleString("en")} differ`, false] : ["The same", true];
  };

  const same = ([now, before], text) => (now === before ? [`The same: ${text(now)}`, true] : [`${text(now)}, not ${text(before)}`, false]);

  function where([down, right]) {
    if (!down && !right) return "In the middle.";
    const words = [[right, "right", "left"], [down, "down", "up"]].filter(([by]) => by).map(([by, more, less]) => `${Math.abs(by)} ${by > 0 ? more : less}`);
    return `Moved ${words.join(" and ")}.`;
  }

  return { objects, paint, same, verdict, where };
})();
