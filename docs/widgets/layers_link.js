/* needs: layers.js */
/* Arguments as text, as in the fields of a form, and whole stacks as short text for addresses:
   1x28x28_conv-o16-k3_relu_max-k2_flat_lin-o10. The ready-made networks are written in it. */
"use strict";

cnnGuide.layerLinks = (() => {
  const { KINDS, make } = cnnGuide.layers;
  const CODES = { conv: "Conv2d", max: "MaxPool2d", avg: "AvgPool2d", adapt: "AdaptiveAvgPool2d", norm: "BatchNorm2d", relu: "ReLU", drop: "Dropout", flat: "Flatten", lin: "Linear" };
  const codeOf = Object.fromEntries(Object.entries(CODES).map(([code, kind]) => [kind, code]));
  const LONGEST = 200; // layers
  const FLAGS = ["bias", "ceil_mode", "affine"];
  const WINDOWS = ["kernel_size", "stride", "padding", "dilation", "output_size"]; // one number, or one an axis

  const typeOf = (name) => (FLAGS.includes(name) ? "flag" : WINDOWS.includes(name) ? "window" : name === "p" ? "real" : "integer");

  const whole = (name, text) => {
    if (!/^\d{1,6}$/.test(text)) throw new Error(`\`${name}\` must be a whole number, not “${text}”.`);
    return Number(text);
  };

  /* An argument from its text; empty text is the default of this kind. */
  function read(kind, name, given) {
    const text = String(given).trim().replace(/^\((.*)\)$/, "$1");
    const otherwise = KINDS[kind].arguments[name];
    if (text === "" && otherwise !== undefined) return otherwise;
    if (typeOf(name) === "flag") return text === "1" || text === "true";
    if (typeOf(name) === "real") return real(name, text);
    if (name === "padding" && kind === "Conv2d" && (text === "same" || text === "valid")) return text;
    if (typeOf(name) === "integer") return whole(name, text);
    const each = text.split(/\s*[x×,]\s*/).map((part) => (name === "output_size" && /^none$/i.test(part) ? null : whole(name, part)));
    if (each.length > 2) throw new Error(`\`${name}\` must be one number, or two such as 3×5, not “${text}”.`);
    return joined(each);
  }

  function real(name, text) {
    const number = Number(text);
    if (text === "" || Number.isNaN(number)) throw new Error(`\`${name}\` must be a number, not “${text}”.`);
    return number;
  }

  const joined = (each) => (each.length === 1 || each[0] === each[1] ? each[0] : each);

  const show = (value) => (value === null ? "" : Array.isArray(value) ? value.map((each) => each ?? "none").join("×") : String(value));

  const letter = (name) => (name === "num_features" ? "i" : name[0]);
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

  const short = (value) => (typeof value === "boolean" ? Number(value) : (show(value) || "none").replace("×", "x"));

  function layerText(layer) {
    const parts = Object.entries(KINDS[layer.kind].arguments)
      .filter(([name, otherwise]) => !same(layer[name], otherwise))
      .map(([name]) => `${letter(name)}${short(layer[name])}`);
    return [codeOf[layer.kind], ...parts].join("-");
  }

  function layerOf(text) {
    const [code, ...parts] = text.split("-");
    const kind = CODES[code];
    if (!kind) throw new Error(`There is no layer “${code}”.`);
    const names = Object.fromEntries(Object.keys(KINDS[kind].arguments).map((name) => [letter(name), name]));
    const given = parts.map((part) => {
      const name = names[part[0]];
      if (!name) throw new Error(`${kind} has no argument “${part[0]}”.`);
      return [name, read(kind, name, part.slice(1))];
    });
    const layer = make(kind, Object.fromEntries(given));
    const missing = Object.keys(layer).find((name) => layer[name] === undefined);
    if (missing) throw new Error(`${kind} needs \`${missing}\`.`);
    return layer;
  }

  const write = ({ input, layers }) => [input.join("x"), ...layers.map(layerText)].join("_");

  function parse(text) {
    const [size, ...parts] = text.split("_");
    const input = size.split("x").map((part) => whole("input", part));
    if (input.length !== 3 || input.includes(0)) throw new Error(`The input must be channels, height and width, not “${size}”.`);
    if (parts.length > LONGEST) throw new Error(`There are ${parts.length} layers; the builder shows up to ${LONGEST}.`);
    return { input, layers: parts.map(layerOf) };
  }

  const dense = (...units) => units.map((unit) => `lin-o${unit}`).join("_relu_");
  const vgg = [[64, 2], [128, 2], [256, 3], [512, 3], [512, 3]].map(([channels, times]) => `${`conv-o${channels}-k3-p1_relu_`.repeat(times)}max-k2-s2`).join("_");
  const NETWORKS = {
    cnn1: ["CNN 1", `1x28x28_conv-o16-k3_relu_max-k2_flat_${dense(128, 10)}`],
    cnn2: ["CNN 2", "1x28x28_conv-o16-k3_relu_max-k2_conv-o32-k3_relu_max-k2_flat_lin-o64_relu_drop_lin-o16_relu_drop_lin-o10"],
    lenet5: ["LeNet-5", `1x28x28_conv-o6-k5-p2_relu_max-k2_conv-o16-k5_relu_max-k2_flat_${dense(120, 84, 10)}`],
    alexnet: ["AlexNet", "3x224x224_conv-o64-k11-s4-p2_relu_max-k3-s2_conv-o192-k5-p2_relu_max-k3-s2_conv-o384-k3-p1_relu_conv-o256-k3-p1_relu_conv-o256-k3-p1_relu_max-k3-s2_adapt-o6_flat_drop_lin-o4096_relu_drop_lin-o4096_relu_lin-o1000"],
    vgg16: ["VGG-16", `3x224x224_${vgg}_adapt-o7_flat_lin-o4096_relu_drop_lin-o4096_relu_drop_lin-o1000`],
  };

  return { LONGEST, NETWORKS, joined, parse, read, show, typeOf, write };
})();
