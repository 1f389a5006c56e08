/* Grids of numbers as SVG: every cell can be reached by keyboard and finger; marks lie on top, so that a step redraws
   only them. The same SVG is what is downloaded. */
"use strict";

cnnGuide.convolutionDrawing = (() => {
  const { make, convolutionCode: { short, text } } = cnnGuide;
  const CELL = 36; // units of the drawing
  const DRAWN = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size", "font-weight", "text-anchor", "paint-order"];

  /* Letters as large as the longest number allows. */
  const sizeOf = (plane) => Math.min(15, 54 / Math.max(...plane.flat().map((value) => short(value).length)));

  /* The look of a value: grey pixels from black to white, or blue above zero and orange below. */
  const dye = (rect, label, value, { least, most, pixels }) => {
    if (pixels) {
      const grey = Math.round(255 * (most > least ? (value - least) / (most - least) : 0));
      rect.setAttribute("fill", `rgb(${grey} ${grey} ${grey})`);
      label.setAttribute("fill", grey > 116 ? "#000" : "#fff"); // either way the contrast is above 4.5
    } else {
      rect.setAttribute("class", value < 0 ? "cells__below" : "cells__above");
      rect.setAttribute("fill-opacity", most ? (0.5 * Math.abs(value)) / most : 0);
    }
  };

  const range = (planes, pixels) => {
    const values = planes.flat(2);
    if (pixels) return { pixels, least: Math.min(0, ...values), most: Math.max(...values, 1e-12) };
    return { pixels, most: Math.max(...values.map(Math.abs)) };
  };

  /* What stands in the frame of padding: nobody's cell, and no stop of the keyboard. */
  const frame = (svg, [rows, columns], [down, across], padded) => {
    const group = make("svg:g", { "aria-hidden": "true" });
    const values = [];
    for (let row = -down; row < rows + down; row += 1) {
      for (let column = -across; column < columns + across; column += 1) {
        if (row >= 0 && row < rows && column >= 0 && column < columns) continue;
        const [x, y] = [(column + across) * CELL, (row + down) * CELL];
        const label = make("svg:text", { x: x + CELL / 2, y: y + CELL / 2 + 5, class: "cells__padding" });
        group.append(make("svg:rect", { x: x + 3, y: y + 3, width: CELL - 6, height: CELL - 6, class: "cells__frame" }), label);
        values.push((size) => {
          label.textContent = short(padded(row, column));
          label.setAttribute("font-size", size);
        });
      }
    }
    svg.append(group);
    return values;
  };

  /* A grid of rows × columns cells with `padding` around it. `paint` shows a plane's values; `mark` and `look` point at cells. */
  const grid = ({ name, letter, size: [rows, columns], padding = [0, 0], padded, editable }) => {
    const [down, across] = padding;
    const [width, height] = [(columns + 2 * across) * CELL, (rows + 2 * down) * CELL];
    const svg = make("svg:svg", { viewBox: `-2 -2 ${width + 4} ${height + 4}` });
    const around = frame(svg, [rows, columns], padding, padded);
    const body = make("svg:g", { role: "grid", "aria-label": name, "aria-readonly": editable ? undefined : "true" });
    const cells = [];
    for (let row = 0; row < rows; row += 1) {
      const line = make("svg:g", { role: "row" });
      cells.push([]);
      for (let column = 0; column < columns; column += 1) {
        const [x, y] = [(column + across) * CELL, (row + down) * CELL];
        const cell = make("svg:g", { role: "gridcell", tabindex: row + column ? -1 : 0, "data-at": `${row} ${column}` },
          make("svg:rect", { x, y, width: CELL, height: CELL }),
          make("svg:text", { x: x + CELL / 2, y: y + CELL / 2 + 5, class: "cells__value" }));
        cells[row].push(cell);
        line.append(cell);
      }
      body.append(line);
    }
    const marks = make("svg:g", { "aria-hidden": "true", class: "cells__marks" });
    svg.append(body, marks);

    const paint = (plane, colours) => {
      const size = sizeOf(plane);
      cells.forEach((line, row) => line.forEach((cell, column) => {
        const [rect, label] = cell.children;
        const value = plane[row][column];
        cell.setAttribute("aria-label", `${letter}[${row}, ${column}] = ${text(value)}`);
        label.textContent = short(value);
        label.setAttribute("font-size", size);
        dye(rect, label, value, colours);
      }));
      around.forEach((fill) => fill(size));
    };

    /* A frame, and the number that the cell meets, small, in its corner. */
    const mark = ([row, column], kind, words) => {
      const [x, y] = [(column + across) * CELL, (row + down) * CELL];
      const inside = { x: x + 2, y: y + 2, width: CELL - 4, height: CELL - 4 };
      marks.append(make("svg:rect", { ...inside, class: "cells__halo" }), make("svg:rect", { ...inside, class: `cells__${kind}` }));
      if (words === undefined) return;
      const wide = 5.6 * words.length + 5;
      marks.append(
        make("svg:rect", { x: x + CELL - 2 - wide, y: y + CELL - 14, width: wide, height: 12, class: "cells__note-ground" }),
        make("svg:text", { x: x + CELL - 4.5, y: y + CELL - 4.5, class: "cells__note" }, words));
    };

    let stop = cells[0][0];
    /* The cell that the keyboard comes back to. */
    const look = (row, column) => {
      stop.setAttribute("tabindex", -1);
      stop.removeAttribute("aria-selected");
      stop = cells[row][column];
      stop.setAttribute("tabindex", 0);
      stop.setAttribute("aria-selected", "true");
      return stop;
    };

    /* The cell under a pointer. */
    const locate = ({ clientX, clientY }) => {
      const box = svg.getBoundingClientRect();
      const scale = (width + 4) / box.width;
      const row = Math.floor(((clientY - box.top) * scale - 2) / CELL) - down;
      const column = Math.floor(((clientX - box.left) * scale - 2) / CELL) - across;
      return row >= 0 && row < rows && column >= 0 && column < columns ? [row, column] : undefined;
    };

    return { cells, clear: () => marks.replaceChildren(), height, locate, look, mark, paint, size: [rows, columns], svg, width };
  };

  /* A copy that needs no style sheet. */
  const standalone = (element) => {
    const copy = element.cloneNode(false);
    for (const name of ["class", "style", "role", "tabindex", "data-at", "aria-label", "aria-selected", "aria-readonly", "aria-hidden"]) copy.removeAttribute(name);
    if (element.matches("rect, text")) {
      const style = getComputedStyle(element);
      for (const name of DRAWN) if (style.getPropertyValue(name)) copy.setAttribute(name, style.getPropertyValue(name));
    }
    copy.append(...[...element.childNodes].map((child) => (child.nodeType === 1 ? standalone(child) : child.cloneNode())));
    return copy;
  };

  /* All panels side by side, each a caption over its grids, and a line of words below; as the text of an SVG file. */
  const picture = (panels, words, where) => {
    const style = getComputedStyle(where);
    const say = (x, y, line) => make("svg:text", { x, y, "font-family": style.fontFamily, "font-size": 15, fill: style.color }, line);
    const parts = [];
    let [left, bottom] = [16, 0];
    for (const { caption, grids } of panels) {
      parts.push(say(left, 28, caption));
      let top = 44;
      for (const one of grids) {
        const copy = standalone(one.svg);
        for (const [name, value] of Object.entries({ x: left - 2, y: top - 2, width: one.width + 4, height: one.height + 4 })) copy.setAttribute(name, value);
        parts.push(copy);
        top += one.height + 14;
      }
      bottom = Math.max(bottom, top);
      left += Math.max(...grids.map(({ width }) => width), 8 * caption.length) + 28;
    }
    const width = Math.max(left - 12, 320);
    const lines = wrapped(words, Math.floor((width - 32) / 7.6));
    const height = bottom + 22 * lines.length + 16;
    const ground = getComputedStyle(document.body).backgroundColor;
    const drawn = make("svg:svg", { viewBox: `0 0 ${width} ${height}`, width, height },
      make("svg:title", {}, words), make("svg:rect", { width, height, fill: ground }), ...parts,
      ...lines.map((line, at) => say(16, bottom + 14 + 22 * at, line)));
    return { text: new XMLSerializer().serializeToString(drawn), width, height };
  };

  const wrapped = (words, most) => words.split(" ").reduce((lines, word) => {
    if (`${lines.at(-1)} ${word}`.length > most && lines.at(-1)) lines.push(word);
    else lines.push(`${lines.pop()} ${word}`.trim());
    return lines;
  }, [""]);

  const save = (blob, name) => {
    const address = URL.createObjectURL(blob);
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  };

  const saveSvg = ({ text: file }) => save(new Blob([file], { type: "image/svg+xml" }), "convolution.svg");
  const savePng = async ({ text: file, width, height }) => {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(file)}`; // the page's policy allows data:, not blob:
    await image.decode();
    const canvas = make("canvas", { width: 2 * width, height: 2 * height });
    canvas.getContext("2d").drawImage(image, 0, 0, 2 * width, 2 * height);
    canvas.toBlob((blob) => save(blob, "convolution.png"), "image/png");
  };

  return { grid, picture, range, savePng, saveSvg };
})();
