/* The presenter's window: this slide, the next one, what to say, and the time. It follows the window that opened it, and
   moves it. The page is the same as the audience's, so nothing has to be written into it as script. */
"use strict";

(() => {
  const audience = opener;
  const target = location.protocol === "file:" ? "*" : location.origin;
  const deck = document.querySelector(".deck");
  const slides = [...deck.querySelectorAll(".slide")];
  let at = 0;
  let begun = 0; // when the clock was started, in milliseconds

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const button = (name, action) => {
    const element = make("button", { type: "button" }, name);
    element.addEventListener("click", action);
    return element;
  };
  const send = (word) => audience?.postMessage({ slides: word }, target);
  const on = () => send("on");
  const back = () => send("back");

  const now = make("div", { class: "presenter__slide" });
  const next = make("div", { class: "presenter__slide" });
  const said = make("div", { class: "presenter__said md-typeset", tabindex: "0", role: "region", "aria-label": "Notes" });
  const place = make("span", { role: "status" });
  const clock = make("span", { class: "presenter__clock" });
  const spent = make("span", { class: "presenter__clock" }, "0:00");
  const larger = () => size(1.15);
  const smaller = () => size(1 / 1.15);

  function size(factor) {
    const old = parseFloat(getComputedStyle(said).fontSize);
    said.style.fontSize = `${Math.min(48, Math.max(12, old * factor))}px`;
  }

  /* A slide is laid out at its fixed size and scaled to its frame. */
  const frames = new ResizeObserver((entries) => {
    for (const { target: frame, contentRect } of entries) frame.style.setProperty("--scale", contentRect.width / 1280);
  });

  function show(frame, slide, fragment) {
    frame.replaceChildren(slide ?? make("p", { class: "presenter__end" }, "The last slide is shown."));
    for (const part of slide?.querySelectorAll(".fragment") ?? []) part.classList.toggle("visible", fragment >= 0);
  }

  function follow({ slide, fragment }) {
    if (slide !== at && !begun) begun = Date.now();
    at = slide;
    show(next, slides[at + 1], -1);
    show(now, slides[at], fragment);
    const notes = slides[at].querySelector(".said");
    said.replaceChildren(...[...(notes?.cloneNode(true).children ?? [])].filter((node) => node.localName !== "summary"));
    if (!said.childElementCount) said.append(make("p", { class: "presenter__end" }, "No notes for this slide."));
    said.scrollTop = 0;
    place.textContent = `Slide ${at + 1} of ${slides.length}`;
  }

  function tick() {
    clock.textContent = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const seconds = begun ? Math.floor((Date.now() - begun) / 1000) : 0;
    spent.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (!audience || audience.closed) place.textContent = "The window with the slides is closed.";
  }

  function build() {
    document.documentElement.classList.add("presenting");
    deck.classList.add("reveal", "presenter");
    const times = make("p", { class: "presenter__times" }, "Spent ", spent, button("From 0:00", () => (begun = Date.now())), "Now ", clock);
    const controls = make("p", {}, button("‹ Back", back), button("On ›", on), button("Larger notes", larger), button("Smaller", smaller));
    deck.replaceChildren(
      make("h1", { class: "presenter__title" }, document.title),
      make("div", { class: "presenter__now" }, make("h2", {}, "On screen"), now),
      make("div", { class: "presenter__next" }, make("h2", {}, "Next"), next),
      make("div", { class: "presenter__notes" }, make("h2", {}, "Notes"), said),
      make("div", { class: "presenter__bar" }, place, controls, times),
    );
    document.querySelector(".bar").remove();
    [now, next].forEach((frame) => frames.observe(frame));
  }

  const KEYS = { ArrowRight: on, ArrowDown: on, PageDown: on, " ": on, ArrowLeft: back, ArrowUp: back, PageUp: back, "+": larger, "-": smaller };

  build();
  addEventListener("message", ({ source, data }) => {
    if (source === audience && data?.slides === "at") follow(data);
  });
  addEventListener("keydown", (event) => {
    const scrolls = event.target === said && /Arrow(Up|Down)|Page| /.test(event.key); // the notes, not the slides
    const presses = event.target.localName === "button" && event.key === " ";
    if (!KEYS[event.key] || scrolls || presses || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  follow({ slide: 0, fragment: -1 });
  tick();
  send("hello");
  setInterval(() => {
    tick();
    send("hello"); // so that slides that were loaded anew find this window again
  }, 1000);
})();
