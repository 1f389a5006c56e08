/* The pictures of <receptive-field>: a row of units for each layer, maps in two dimensions, the table of the recurrence.
   Numbers of pixels are lengths here: SVG scales them to the width that there is. */
"use strict";

cnnGuide.fieldPictures = (() => {
  const { make } = cnnGuide;
  const LINE = 2; // from one row of units to the next
  const SHADES = 5;

  const middle = ({ size, jump, start }, at) => start + (size - 1) / 2 + at * jump;
  const clamp = (value, most) => Math.max(0, Math.min(value, most));
  const square = (x, y, side = 0.8) => `M${x - side / 2} ${y - side / 2}h${side}v${side}h${-side}z`;
  const path = (sort, d) => make("svg:path", { class: `receptive-field__${sort}`, d });

  /* Squares, the stronger the more ways lead from their pixel: [x, y, ways]. */
  function shaded(spots, side) {
    const most = Math.max(...spots.map(([, , ways]) => ways));
    const paths = new Array(SHADES).fill("");
    for (const [x, y, ways] of spots) paths[Math.ceil((SHADES * ways) / most) - 1] += square(x, y, side);
    return paths.flatMap((d, at) => {
      if (!d) return [];
      const one = path("seen", d);
      one.style.fillOpacity = (at + 2) / (SHADES + 1);
      return one;
    });
  }

  /* A picture that takes clicks, drags with a mouse and, having the focus, arrow keys. */
  function board(label, chosen) {
    const svg = make("svg:svg", { role: "application", tabindex: 0, "aria-roledescription": "map of units", "aria-label": label });
    const point = ({ clientX, clientY }) => chosen(new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse()));
    svg.addEventListener("click", point);
    svg.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse" && event.buttons & 1) point(event); });
    return svg;
  }

  /* The rows of all levels, the pixels at the bottom; each unit stands above the middle of its field. */
  function rows(choose) {
    let levels = [];
    const svg = board("Along one axis: left and right arrow keys choose a unit, up and down a layer", ({ x, y }) => {
      const level = clamp(levels.length - 1 - Math.floor(y / LINE), levels.length - 1);
      const at = Math.round((x - middle(levels[level], 0)) / levels[level].jump);
      choose(level, clamp(at, levels[level].units - 1));
    });
    const names = make("div", { class: "receptive-field__names", "aria-hidden": "true" });
    const figure = make("div", { class: "receptive-field__rows" }, names, svg);
    figure.draw = (found, chosen, unit, ways) => {
      levels = found;
      const top = levels.length - 1;
      const y = (level) => (top - level) * LINE + LINE / 2;
      const [first, last] = [Math.min(...levels.map((one) => middle(one, 0))), Math.max(...levels.map((one) => middle(one, one.units - 1)))];
      svg.setAttribute("viewBox", `${first - 0.6} 0 ${last - first + 1.2} ${LINE * levels.length}`);
      svg.style.maxWidth = `${(last - first + 1.2) * 1.4}rem`;
      const units = levels.map((one, level) => path("unit", Array.from({ length: one.units }, (_, at) => square(middle(one, at), y(level))).join("")));
      const seen = ways.flatMap((counts, level) => shaded(counts.flatMap((count, at) => (count ? [[middle(levels[level], at), y(level), count]] : []))));
      svg.replaceChildren(path("fan", fan(levels, ways, y)), ...units, ...seen, path("chosen", square(middle(levels[chosen], unit), y(chosen))));
      names.replaceChildren(...levels.map((_, level) => make("span", level === chosen ? { class: "receptive-field__here" } : {}, level ? `Layer ${level}` : "Input")).reverse());
    };
    return figure;
  }

  /* The outline of all that is seen, from the unit down to the pixels. */
  function fan(levels, ways, y) {
    const [left, right] = [[], []];
    ways.forEach((counts, level) => {
      const seen = counts.flatMap((count, at) => (count ? [middle(levels[level], at)] : []));
      if (!seen.length) return;
      left.push([seen[0] - 0.4, y(level)]);
      right.push([seen.at(-1) + 0.4, y(level)]);
    });
    return `M${[...left, ...right.reverse()].map((point) => point.join(" ")).join("L")}z`;
  }

  const lattice = (n) => Array.from({ length: n + 1 }, (_, at) => `M${at} 0v${n}M0 ${at}h${n}`).join("");

  /* The map of the chosen layer, whose units can be chosen, and the image with what the unit sees. */
  function grids(choose) {
    let units = 1;
    const map = board("In two dimensions: arrow keys choose a unit of the map", ({ x, y }) =>
      choose([y, x].map((at) => clamp(Math.floor(at), units - 1))));
    const image = make("svg:svg", { role: "img" });
    const [above, below] = [make("figcaption"), make("figcaption")];
    const figure = make("div", { class: "receptive-field__grids" }, make("figure", {}, above, map), make("figure", {}, below, image));
    figure.draw = (levels, level, [row, column], [down, across]) => {
      units = levels[level].units;
      const pixels = levels[0].units;
      map.setAttribute("viewBox", `-0.1 -0.1 ${units + 0.2} ${units + 0.2}`);
      map.replaceChildren(path("lattice", lattice(units)), path("chosen", square(column + 0.5, row + 0.5)));
      const spots = down.flatMap((one, y) => across.flatMap((other, x) => (one && other ? [[x + 0.5, y + 0.5, one * other]] : [])));
      image.setAttribute("viewBox", `-0.1 -0.1 ${pixels + 0.2} ${pixels + 0.2}`);
      image.setAttribute("aria-label", `The image, ${pixels} × ${pixels} pixels, of which the unit sees ${spots.length}`);
      image.replaceChildren(path("lattice", lattice(pixels)), ...shaded(spots, 0.9));
      above.textContent = level ? `Map of layer ${level}, ${units} × ${units} units` : `The input, ${units} × ${units} pixels`;
      below.textContent = `What the unit sees of ${pixels} × ${pixels} pixels`;
    };
    return figure;
  }

  const HEAD = [["Layer", ""], ["Units", ""], ["Size", "size + d·(k\u00a0−\u00a01)·jump"], ["Jump", "jump·s"], ["Start", "start −\u00a0p·jump"]];

  const layerText = ({ kind, k, s, d, p }) => {
    const rest = [["s", s, kind === "pool" ? k : 1], ["d", d, 1], ["p", p, 0]].filter(([, value, usual]) => value !== usual);
    return [`${kind === "pool" ? "Pool" : "Conv"}\u00a0${k}`, rest.map(([name, value]) => `${name}\u00a0=\u00a0${value}`).join(", ")];
  };

  const signed = (value) => String(value).replace("-", "−");

  const worked = (below, { k, s, d, p }) => ["", `${below.size} + ${d}·(${k}\u00a0−\u00a01)·${below.jump}`, `${below.jump}·${s}`, `${signed(below.start)} −\u00a0${p}·${below.jump}`];

  /* Size, jump and start of each level, and below each number how it comes from the level before. */
  function table(levels, layers) {
    const cell = (tag, [text, small], attributes) => make(tag, attributes, text, ...(small ? [make("span", { class: "receptive-field__worked" }, small)] : []));
    const head = make("tr", {}, ...HEAD.map((texts) => cell("th", texts, { scope: "col" })));
    const body = levels.map((level, at) => {
      const sums = at ? worked(levels[at - 1], layers[at - 1]) : [];
      const [name, rest] = at ? layerText(layers[at - 1]) : ["Input", ""];
      const numbers = [level.units, level.size, level.jump, level.start];
      return make("tr", {}, cell("th", [at ? `${at}\u00a0${name}` : name, rest], { scope: "row" }), ...numbers.map((value, column) => cell("td", [signed(value), sums[column]])));
    });
    return make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
  }

  return { grids, rows, table };
})();
