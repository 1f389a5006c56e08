/* What the convolution player says of a cell: the sum written out, or where a pixel or a weight is used. */
"use strict";

cnnGuide.convolutionWords = (() => {
  const { make, convolution, convolutionCode: { text } } = cnnGuide;

  const name = (letter, planes, [plane, row, column]) => `${letter}[${planes > 1 ? `${plane}, ` : ""}${row}, ${column}]`;
  const inBrackets = (value) => (value < 0 ? `(${text(value)})` : text(value));

  /* 3·1 + 0·0 − 1·1 …: the sign of the weight stands before the term; terms of the padding are pale. */
  const written = (terms) => terms.flatMap(({ value, weight, pixel }, at) => {
    const sign = weight < 0 ? (at ? " − " : "−") : at ? " + " : "";
    const factor = make("span", { class: pixel ? undefined : "convolution__outside" }, `${inBrackets(value)}·${text(Math.abs(weight))}`);
    return [sign, factor];
  });

  const sum = ({ setting, outputs }, at, terms) => {
    const result = make("strong", {}, text(convolution.total(terms)));
    const outside = terms.filter(({ pixel }) => !pixel).length;
    const note = outside ? `${outside} of the ${terms.length} terms are zeros of the padding.` : "";
    const parts = terms.length ? [...written(terms), " = ", result] : [result, setting.transposed ? " (no input reaches this cell)" : ""];
    return [make("p", {}, `${name("y", outputs, at)} = `, ...parts), make("p", { class: "convolution__small" }, note)];
  };

  /* The outputs that a pixel goes into, with its weights. */
  const used = ({ planes, outputs }, at, value, uses) => {
    const who = `${name("x", planes, at)} = ${text(value)}`;
    if (!uses.length) return [make("p", {}, `${who} is used by no output: no window reaches it.`)];
    const one = ({ at: output, terms }) => `${name("y", outputs, output)} (times ${terms.map(({ weight }) => text(weight)).join(" and ")})`;
    const shown = uses.slice(0, 12).map(one).join(", ");
    const more = uses.length > 12 ? ` and ${uses.length - 12} more` : "";
    return [make("p", {}, `${who} is used by `, make("strong", {}, `${uses.length} ${uses.length > 1 ? "outputs" : "output"}`), `: ${shown}${more}.`)];
  };

  /* What one weight does in the output that is shown. */
  const weighed = ({ planes, outputs }, at, weight, output, terms) => {
    const who = `${name("w", planes, at)} = ${text(weight)}`;
    const mine = terms.map(({ value, pixel, channel }) => `${pixel ? `${name("x", planes, [channel, ...pixel])} = ` : "a zero of the padding, "}${text(value)}`);
    const meets = mine.length ? `is multiplied by ${mine.join(" and ")}` : "is not used";
    return [make("p", {}, `For ${name("y", outputs, output)} the weight ${who} ${meets}. Every output uses this same weight.`)];
  };

  return { name, sum, used, weighed };
})();
