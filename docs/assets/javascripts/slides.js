/* Shows the slides of a lesson with reveal.js. On an upright telephone they are left as they are: a page to be read.
   `?presenter` in the address makes this the presenter's window, which slides_presenter.js fills. */
"use strict";

(() => {
  const here = document.currentScript.src;
  const deck = document.querySelector(".deck");
  const slides = [...deck.querySelectorAll(".slide")];
  const bar = document.querySelector(".bar");
  const say = (text) => (bar.querySelector(".bar__said").textContent = text);
  const upright = matchMedia("(max-width: 44.9375em) and (orientation: portrait)");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  /* A deck and the presenter's window that it opened talk by messages: over file://, they may not touch each other. */
  const target = location.protocol === "file:" ? "*" : location.origin;
  let presenter = null;

  function report() {
    const slide = Reveal.getSlidePastCount();
    const fragment = Reveal.getIndices().f ?? -1;
    bar.querySelector(".bar__place").textContent = `${slide + 1} / ${slides.length}`;
    bar.querySelector("[data-does=back]").disabled = Reveal.isFirstSlide() && fragment < 0;
    bar.querySelector("[data-does=on]").disabled = Reveal.isLastSlide();
    presenter?.postMessage({ slides: "at", slide, fragment, ended: Reveal.isLastSlide() }, target);
  }

  addEventListener("message", ({ source, data }) => {
    const known = source && (source === presenter || source.opener === window); // the latter when the deck was reloaded
    if (!known || !deck.classList.contains("reveal")) return;
    presenter = source;
    if (data?.slides === "on") Reveal.next();
    if (data?.slides === "back") Reveal.prev();
    if (data?.slides === "hello") report();
  });

  const actions = {
    back: () => Reveal.prev(),
    on: () => Reveal.next(),
    overview: () => Reveal.toggleOverview(),
    presenter() {
      const address = new URL("?presenter", location.href.split(/[?#]/)[0]).href;
      presenter = open(address, "cnn-guide-presenter", "width=1100,height=760");
      say(presenter ? "" : "Your browser did not open the presenter’s window; allow this page to open windows.");
    },
    colours: () => say(`Colours: ${slideColours()}`),
    fullscreen() {
      if (document.fullscreenElement) document.exitFullscreen();
      else document.documentElement.requestFullscreen?.().catch(() => say("Your browser refused to fill the screen."));
    },
    print: () => print(),
  };

  const KEYS = [[83, "S", "presenter", "Presenter view"], [67, "C", "colours", "Light or dark"]];

  function start() {
    deck.classList.add("reveal");
    document.documentElement.classList.add("presenting");
    document.querySelector(".stage").classList.add("reveal-viewport");
    Reveal.initialize({
      embedded: true, width: 1280, height: 720, margin: 0, minScale: 0.05, maxScale: 4, center: false,
      navigationMode: "linear", // a section is a column of the overview; on and back go through all slides
      hash: true, controls: false, progress: true, slideNumber: false, scrollActivationWidth: 0,
      transition: calm.matches ? "none" : "fade", transitionSpeed: "fast", viewDistance: 2, mobileViewDistance: 2,
      postMessage: false, postMessageEvents: false, // or any other window could move the slides
      keyboardCondition: ({ target, key }) => !(target.closest?.("a, button") && [" ", "Enter"].includes(key)),
    }).then(report);
    for (const [keyCode, key, name, description] of KEYS) {
      Reveal.addKeyBinding({ keyCode, key, description }, actions[name]);
    }
    for (const event of ["slidechanged", "fragmentshown", "fragmenthidden"]) Reveal.on(event, report);
    for (const control of bar.querySelectorAll("[hidden]")) control.hidden = false;
    bar.addEventListener("click", (event) => actions[event.target.closest("button")?.dataset.does]?.());
  }

  /* An address such as `#/padding` leads to its place in the page to be read, too. */
  function read() {
    document.getElementById(decodeURIComponent(location.hash.replace(/^#\/?/, "")))?.scrollIntoView();
  }

  if (new URLSearchParams(location.search).has("presenter")) {
    const script = document.createElement("script");
    script.src = new URL("slides_presenter.js", here).href;
    document.head.append(script);
  } else {
    upright.addEventListener("change", () => location.reload()); // the telephone was turned
    if (upright.matches) read();
    else start();
  }

  addEventListener("beforeprint", () => deck.querySelectorAll("img").forEach((image) => (image.loading = "eager")));
})();
