/* needs: layers.js layers_link.js */
/* Reads a stack from pasted code: nn.Sequential(…), what print(model) shows, a description of cnn_guide, or bare layers.
   The text is read, never run. Answers { input, layers, notes }; throws an error that begins with the line. */
"use strict";

cnnGuide.parseLayers = (() => {
  const { KINDS, make } = cnnGuide.layers;
  const { LONGEST, joined, typeOf } = cnnGuide.layerLinks;
  const TOKEN = /\s+|#[^\n]*|(?<number>(?:\d[\d_]*\.?[\d_]*|\.\d+)(?:e[-+]?\d+)?)|(?<name>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)|(?<string>"[^"\n]*"|'[^'\n]*')|(?<sign>\/\/|\*\*|[-+*/(),:=[\]{}])|(?<other>.)/gisy;

  /* All positional arguments in PyTorch's order; those that change neither shape nor cost, with their defaults. */
  const ORDER = {
    Conv2d: ["in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias", "padding_mode"],
    MaxPool2d: ["kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode"],
    AvgPool2d: ["kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"],
    AdaptiveAvgPool2d: ["output_size"],
    BatchNorm2d: ["num_features", "eps", "momentum", "affine", "track_running_stats", "bias"],
    ReLU: ["inplace"],
    Dropout: ["p", "inplace"],
    Flatten: ["start_dim", "end_dim"],
    Linear: ["in_features", "out_features", "bias"],
  };
  const QUIET = { padding_mode: "zeros", return_indices: false, count_include_pad: true, divisor_override: null, eps: 1e-5, momentum: 0.1, track_running_stats: true, inplace: false, start_dim: 1, end_dim: -1, device: null, dtype: null };
  const WORDS = { True: true, False: false, None: null };
  const asPython = (value) => Object.keys(WORDS).find((word) => WORDS[word] === value) ?? value;

  const fail = (line, problem) => {
    throw new Error(`Line ${line}: ${problem}`);
  };

  function tokens(text) {
    const found = [];
    let line = 1;
    for (const { 0: word, groups } of text.matchAll(TOKEN)) {
      const [type] = Object.entries(groups).find(([, value]) => value !== undefined) ?? [];
      if (type) found.push({ type, word: type === "name" ? word.replace(/\s/g, "") : word, line });
      line += word.split("\n").length - 1;
    }
    return found;
  }

  class Reader {
    constructor(text) {
      this.found = tokens(text);
      this.place = 0;
      this.notes = [];
      this.layers = [];
    }

    get line() {
      return (this.found[this.place] ?? this.found.at(-1))?.line ?? 1;
    }

    is(word, ahead = 0) {
      return this.found[this.place + ahead]?.word === word;
    }

    take(word) {
      if (!this.is(word)) return false;
      this.place += 1;
      return true;
    }

    expect(word) {
      if (!this.take(word)) fail(this.line, this.place < this.found.length ? `“${word}” is missing before “${this.found[this.place].word}”.` : `a “${word}” is missing at the end.`);
    }

    last(ahead = 0) {
      const token = this.found[this.place + ahead];
      return token?.type === "name" ? token.word.split(".").at(-1) : "";
    }

    /* To the first Sequential( of the text; without one, to the first layer. */
    start() {
      const calls = this.found.map(({ type, word }, index) => (type === "name" && this.found[index + 1]?.word === "(" ? word.split(".").at(-1) : ""));
      const container = calls.indexOf("Sequential");
      this.place = container >= 0 ? container : calls.findIndex((name) => name in KINDS);
      if (this.place < 0) fail(1, "there is no nn.Sequential(…) here, and no layer such as nn.Conv2d(1, 16, 3).");
      if (calls.filter((name) => name === "Sequential").length && container < 0) this.place = 0;
      return container >= 0;
    }

    read() {
      if (this.start()) {
        this.item();
        if (this.found.slice(this.place).some(({ word }) => /(^|\.)Sequential$/.test(word))) this.notes.push("Only the first Sequential was read.");
      } else this.items();
      if (!this.layers.length) fail(this.line, "there are no layers in it.");
      return this;
    }

    items(end) {
      while (this.place < this.found.length && !this.is(end)) {
        if (!this.take(",")) this.item();
      }
      if (end) this.expect(end);
    }

    /* A layer or a container; the name that stands before it in an OrderedDict or in what print shows is passed over. */
    item() {
      if (this.take("[")) return this.items("]");
      if (this.is("(") && this.is(")", 2) && this.is(":", 3)) this.place += 4;
      if (this.is("(") && this.found[this.place + 1]?.type === "string") {
        this.place += 2;
        this.expect(",");
        this.item();
        this.take(",");
        return this.expect(")");
      }
      const { line } = this;
      const name = this.last();
      const call = name && this.is("(", 1);
      if (this.found[this.place].type === "other") fail(line, `“${this.found[this.place].word}” can’t be read.`);
      if (!call) fail(line, `“${this.found[this.place].word}” is not a layer that is written out here.`);
      this.place += 2;
      if (name === "Sequential" || name === "OrderedDict") return this.items(")");
      if (!(name in KINDS)) fail(line, unknown(name));
      if (this.layers.push(this.layer(name, line)) > LONGEST) fail(line, `the builder shows up to ${LONGEST} layers.`);
    }

    layer(kind, line) {
      const given = {};
      let positional = 0;
      while (!this.take(")")) {
        const named = this.found[this.place]?.type === "name" && this.is("=", 1);
        const name = named ? this.found[this.place].word : ORDER[kind][positional++];
        if (named) this.place += 2;
        if (!name) fail(line, `${kind} takes ${ORDER[kind].length} arguments at most.`);
        if (!ORDER[kind].includes(name) && name !== "device" && name !== "dtype") fail(line, `${kind} has no argument \`${name}\`; it has ${ORDER[kind].join(", ")}.`);
        if (name in given) fail(line, `${kind} is given \`${name}\` twice.`);
        given[name] = this.value();
        if (!this.is(")")) this.expect(",");
      }
      return this.made(kind, given, line);
    }

    made(kind, given, line) {
      const kept = {};
      for (const [name, value] of Object.entries(given)) {
        if (name in KINDS[kind].arguments) kept[name] = typed(kind, name, value, line);
        else if (name.endsWith("_dim") && value !== QUIET[name]) fail(line, "here Flatten joins all axes: start_dim=1 and end_dim=-1.");
        else if (value !== QUIET[name]) this.notes.push(`Line ${line}: ${name}=${asPython(value)} was left out; it changes no number shown here.`);
      }
      const layer = make(kind, kept);
      const missing = Object.keys(layer).find((name) => layer[name] === undefined || (layer[name] === null && name === KINDS[kind].follows));
      if (missing) fail(line, `${kind} needs \`${missing}\`.`);
      return layer;
    }

    /* Sums and products of numbers, as in 16 * 13 * 13. */
    value(level = 0) {
      if (level === 2) return this.atom();
      let left = this.value(level + 1);
      const signs = level === 0 ? ["+", "-"] : ["*", "//"];
      for (let sign = signs.find((each) => this.is(each)); sign; sign = signs.find((each) => this.is(each))) {
        const { line } = this;
        this.place += 1;
        const right = this.value(level + 1);
        if (typeof left !== "number" || typeof right !== "number") fail(line, `“${sign}” needs a number on both sides.`);
        left = { "+": left + right, "-": left - right, "*": left * right, "//": Math.floor(left / right) }[sign];
      }
      return left;
    }

    atom() {
      if (this.take("-")) return -this.atom();
      const { line } = this;
      const token = this.found[this.place] ?? fail(line, "the text ends in the middle of a layer.");
      this.place += 1;
      if (token.type === "number") return Number(token.word.replaceAll("_", ""));
      if (token.type === "string") return token.word.slice(1, -1);
      if (token.word in WORDS) return WORDS[token.word];
      if (token.word === "(") return this.sequence(")");
      if (token.word === "[") return this.sequence("]");
      if (/(^|\.)(float|b?float)\d*$/.test(token.word)) return token.word; // a dtype
      return fail(line, token.type === "name" ? `\`${token.word}\` is a name; write its value.` : `“${token.word}” is no value.`);
    }

    sequence(end) {
      const values = [];
      let comma = end === "]";
      while (!this.take(end)) {
        values.push(this.value());
        if (this.take(",")) comma = true;
        else if (!this.is(end)) this.expect(end);
      }
      return comma ? values : values[0];
    }
  }

  /* The value, if it is of the kind that the argument asks for. */
  function typed(kind, name, value, line) {
    const type = typeOf(name);
    const whole = (each) => Number.isSafeInteger(each) || (each === null && name === "output_size");
    const fits = {
      flag: typeof value === "boolean",
      real: typeof value === "number",
      integer: whole(value),
      window: whole(value) || (Array.isArray(value) && [1, 2].includes(value.length) && value.every(whole)) || (name === "padding" && kind === "Conv2d" && (value === "same" || value === "valid")) || (name === "stride" && value === null && kind !== "Conv2d"),
    }[type];
    const wanted = { flag: "True or False", real: "a number", integer: "a whole number", window: "a whole number, or two of them" }[type];
    if (!fits) fail(line, `\`${name}\` of ${kind} must be ${wanted}.`);
    return Array.isArray(value) ? joined(value) : value;
  }

  function unknown(name) {
    const close = Object.keys(KINDS).find((kind) => kind.toLowerCase() === name.toLowerCase() || kind.replace("2d", "").toLowerCase() === name.replace(/[123]?d$/i, "").toLowerCase());
    return `the builder has no ${name}. ${close ? `Did you mean ${close}?` : `It has ${Object.keys(KINDS).join(", ")}.`}`;
  }

  /* The size of the input, where a comment, a summary or a trial run says it. */
  function inputOf(text) {
    const three = String.raw`(\d+)\s*[,×x]\s*(\d+)\s*[,×x]\s*(\d+)\s*\)`;
    const found = text.match(new RegExp(String.raw`Sequential\(\s*#[^\n]*?\(${three}`))
      ?? text.match(new RegExp(String.raw`input_(?:size|shape)\s*=\s*\(${three}`))
      ?? text.match(new RegExp(String.raw`torch\.(?:zeros|ones|rand|randn)\(\s*\(?\d+\s*,\s*${three}`));
    return found && found.slice(1).every((size) => size > 0 && size < 1e6) ? found.slice(1).map(Number) : null;
  }

  return (pasted) => {
    const text = pasted.replace(/^[ \t]*(?:>>>|\.\.\.) ?/gm, ""); // the prompts of an interpreter
    const { layers, notes } = new Reader(text).read();
    return { input: inputOf(text), layers, notes };
  };
})();
