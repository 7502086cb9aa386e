"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  const by = (id) => document.getElementById(id);
  const kept = {
    get: () => { try { return localStorage.getItem("migrate-docs-theme"); } catch { return null; } },
    set: (value) => { try { localStorage.setItem("migrate-docs-theme", value); } catch { /* a file may have no store */ } },
  };

  // Light, dark, or as the system is.
  const themes = ["auto", "light", "dark"];
  const show = (theme) => {
    if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
    by("theme").textContent = theme;
  };
  show(themes.includes(kept.get()) ? kept.get() : "auto");
  by("theme").addEventListener("click", () => {
    const next = themes[(themes.indexOf(by("theme").textContent) + 1) % themes.length];
    show(next);
    kept.set(next);
  });

  // The contents on a narrow screen.
  const nav = document.querySelector("nav");
  const open = (is) => { nav.classList.toggle("open", is); by("menu").setAttribute("aria-expanded", String(is)); };
  by("menu").addEventListener("click", () => open(!nav.classList.contains("open")));
  by("contents").addEventListener("click", (event) => { if (event.target.closest("a")) open(false); });

  // What is linked to is shown, whatever it is folded away in, and whatever is searched for.
  const reveal = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* as it is */ }
    const target = id && by(id);
    if (!target) return;
    const section = target.closest(".thing");
    if (section && section.hidden) { search.value = ""; find(); }
    for (let at = target.parentElement; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
  };

  // Search: each word is somewhere in a section. Names come before what else there is.
  const search = by("search");
  let index = null;
  const read = () => {
    const links = new Map();
    for (const link of by("contents").querySelectorAll("li a")) links.set(link.getAttribute("href").slice(1), link.parentElement);
    index = [...document.querySelectorAll(".thing")].map((section) => ({
      section, link: links.get(section.id), name: section.dataset.name.toLowerCase(), text: section.textContent.toLowerCase(),
    }));
  };
  const mark = (words) => {
    if (!window.CSS || !CSS.highlights || !window.Highlight) return;
    CSS.highlights.delete("found");
    if (!words.length) return;
    const ranges = [];
    for (const { section } of index) {
      if (section.hidden) continue;
      const texts = document.createTreeWalker(section, NodeFilter.SHOW_TEXT);
      for (let node; (node = texts.nextNode()) && ranges.length < 5000;) {
        const text = node.data.toLowerCase();
        if (text.length !== node.data.length) continue;
        for (const word of words) {
          for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
            const range = new Range();
            range.setStart(node, at);
            range.setEnd(node, at + word.length);
            ranges.push(range);
          }
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  };
  let best = null;
  const find = () => {
    if (!index) read();
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    let rank = 9;
    best = null;
    for (const entry of index) {
      const is = words.every((word) => entry.text.includes(word) || entry.name.includes(word));
      entry.section.hidden = !is;
      if (entry.link) entry.link.hidden = !is;
      if (!is) continue;
      count += 1;
      const own = entry.name === words[0] ? 0 : words.every((word) => entry.name.includes(word)) ? 1 : 2;
      if (own < rank) { rank = own; best = entry.section; }
    }
    const hits = new Set(words.length ? index.filter((entry) => !entry.section.hidden).map((entry) => entry.section.id) : []);
    for (const svg of document.querySelectorAll("#diagrams .er")) look(svg, words.length ? hits : null);
    for (const group of by("contents").querySelectorAll("details")) group.hidden = !group.querySelector("li:not([hidden])");
    for (const heading of document.querySelectorAll("main > h2")) {
      let at = heading.nextElementSibling;
      const isGroup = at && at.classList.contains("thing");
      while (at && at.classList.contains("thing") && at.hidden) at = at.nextElementSibling;
      heading.hidden = Boolean(isGroup) && !(at && at.classList.contains("thing"));
    }
    by("found").textContent = words.length ? `${count} of ${index.length}` : "";
    by("nothing").hidden = count > 0 || !index.length;
    mark(words);
  };
  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && best) best.scrollIntoView({ block: "start" });
    if (event.key === "Escape") { search.value = ""; find(); search.blur(); }
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest && event.target.closest("input, textarea");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) { event.preventDefault(); search.focus(); search.select(); }
  });

  // A table and what it is linked with stand out from the rest of the diagram.
  function look(svg, tables) {
    svg.classList.toggle("looking", Boolean(tables));
    for (const card of svg.querySelectorAll(".card")) card.classList.toggle("near", Boolean(tables) && tables.has(card.dataset.table));
    for (const edge of svg.querySelectorAll(".edge")) {
      edge.classList.toggle("near", Boolean(tables) && tables.has(edge.dataset.from) && tables.has(edge.dataset.to));
    }
    if (tables) raise(svg);
  }
  const around = (svg, is) => {
    svg.classList.add("looking");
    const near = new Set();
    for (const edge of svg.querySelectorAll(".edge")) {
      const isNear = is(edge);
      edge.classList.toggle("near", isNear);
      if (isNear) { near.add(edge.dataset.from); near.add(edge.dataset.to); }
    }
    raise(svg);
    return near;
  };
  // Above the lines that are not meant.
  function raise(svg) {
    const edges = [...svg.querySelectorAll(".edge")];
    const near = edges.filter((edge) => edge.classList.contains("near"));
    // What is moved from under the pointer is entered again: only what has to be.
    if (edges.slice(edges.length - near.length).every((edge) => edge.classList.contains("near"))) return;
    const first = svg.querySelector(".card");
    for (const edge of near) svg.insertBefore(edge, first);
  }
  const rest = (svg) => { if (search.value.trim() && svg.closest("#diagrams")) find(); else look(svg, null); };
  for (const svg of document.querySelectorAll(".er")) {
    const cards = [...svg.querySelectorAll(".card")];
    const enter = (is, own) => {
      const near = around(svg, is);
      if (own) near.add(own);
      for (const card of cards) card.classList.toggle("near", near.has(card.dataset.table));
    };
    for (const card of cards) {
      const own = card.dataset.table;
      const here = () => enter((edge) => edge.dataset.from === own || edge.dataset.to === own, own);
      card.addEventListener("mouseenter", here);
      card.addEventListener("focus", here);
      for (const leave of ["mouseleave", "blur"]) card.addEventListener(leave, () => rest(svg));
    }
    for (const edge of svg.querySelectorAll(".edge")) {
      edge.addEventListener("mouseenter", () => enter((other) => other === edge));
      edge.addEventListener("mouseleave", () => rest(svg));
    }
  }

  // The diagram is as wide as the page where it can be read like that; it can be made larger, smaller, and dragged.
  for (const canvas of document.querySelectorAll(".canvas")) {
    const svg = canvas.querySelector("svg");
    const [width, height] = [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height];
    const scroll = document.createElement("div");
    scroll.className = "scroll";
    canvas.classList.add("live");
    scroll.append(svg);
    let scale = 1;
    const fit = () => Math.min(1, (scroll.clientWidth - 2) / width);
    const set = (to, x = scroll.clientWidth / 2, y = scroll.clientHeight / 2) => {
      const before = scale;
      scale = Math.min(3, Math.max(0.15, to));
      svg.setAttribute("width", width * scale);
      svg.setAttribute("height", height * scale);
      scroll.scrollLeft = (scroll.scrollLeft + x) * (scale / before) - x;
      scroll.scrollTop = (scroll.scrollTop + y) * (scale / before) - y;
    };
    const buttons = document.createElement("div");
    buttons.className = "zoom";
    for (const [text, title, act] of [
      ["−", "smaller", () => set(scale / 1.25)], ["+", "larger", () => set(scale * 1.25)], ["fit", "all of it", () => set(fit())],
    ]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.title = title;
      button.addEventListener("click", act);
      buttons.append(button);
    }
    canvas.append(buttons, scroll);
    scroll.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = scroll.getBoundingClientRect();
      set(scale * Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
    }, { passive: false });
    let from = null;
    scroll.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && event.pointerType === "mouse" && !event.target.closest("a")) {
        from = [event.clientX + scroll.scrollLeft, event.clientY + scroll.scrollTop];
        event.preventDefault();
      }
    });
    window.addEventListener("pointermove", (event) => {
      if (from) [scroll.scrollLeft, scroll.scrollTop] = [from[0] - event.clientX, from[1] - event.clientY];
    });
    window.addEventListener("pointerup", () => { from = null; });
    set(Math.max(0.55, fit()));
  }

  window.addEventListener("hashchange", reveal);
  reveal();
})();
