function render({ model, el }) {
  const root = element(el, "section", { class: "mw", "aria-label": "Carbon by region and hour" });
  root.classList.add("mw-map");
  const bar = element(root, "div", { class: "mw-controls" });
  const strip = element(root, "svg", { class: "mw-map-strip", "aria-hidden": "true" });
  const tiles = element(root, "div", { class: "mw-map-tiles", role: "listbox", "aria-label": "Regions" });
  const panel = element(root, "div", { class: "mw-map-panel" });
  const said = element(panel, "p", { class: "mw-answer", "aria-live": "polite" });
  const facts = element(panel, "dl", { class: "mw-map-facts" });
  const source = element(panel, "p", { class: "mw-muted" });
  const hours = element(root, "div", { class: "mw-map-hours" });
  const svg = element(hours, "svg", { class: "mw-across" });
  const told = element(hours, "p", { class: "mw-answer", "aria-live": "polite" });
  const error = element(root, "p", { class: "mw-error", role: "alert" });
  const where = sender(model, "region", "detail");
  const when = sender(model, "hours", "day");
  const put = (name, value) => {
    model.set(name, value);
    model.save_changes();
  };
  const list = (change) => put("listed", { ...model.get("listed"), ...change });
  const group = chooser(bar, "Regions", (value) => list({ group: value }), "group");
  const sort = chooser(bar, "In the order of", (value) => list({ sort: value }), "sort");
  let time = { ...model.get("hours") };
  let [drawn, scales, width] = ["", null, 560];
  const timed = (change) => {
    time = { ...time, ...change };
    when.send(time);
  };
  const stops24 = Array.from({ length: 24 }, (_, i) => i + 1);
  const busy = slider(hours, "Busy hours of a day", stops24, (n) => `${written(n)} h`, (length) => timed({ length }), "length");
  hours.prepend(hours.lastChild);

  // Blue for little carbon, orange for much, on a logarithmic scale; length and number say the same.
  const colours = (all) => {
    const known = all.map((tile) => tile.carbon).filter((c) => c > 0);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    return (c) => {
      if (!(c > 0)) return "transparent";
      const share = high > low ? Math.log(c / low) / Math.log(high / low) : 0.5;
      return `color-mix(in oklab, var(--mw-2) ${(100 * share).toFixed(0)}%, var(--mw-1))`;
    };
  };
  const chosen = (id) => {
    where.send(id);
    mark(id);
  };
  const mark = (id) => {
    for (const tile of tiles.children) {
      const own = tile.dataset.id === id;
      tile.setAttribute("aria-selected", own);
      tile.tabIndex = own ? 0 : -1;
      if (!own) continue;
      tiles.scrollTop = Math.max(Math.min(tiles.scrollTop, tile.offsetTop - 6), tile.offsetTop + tile.offsetHeight + 6 - tiles.clientHeight);
    }
    if (!tiles.querySelector("[tabindex='0']") && tiles.firstChild) tiles.firstChild.tabIndex = 0;
    for (const one of strip.querySelectorAll("rect")) one.classList.toggle("mw-map-here", one.dataset.id === id);
  };
  tiles.addEventListener("click", (event) => {
    const tile = event.target.closest("[role=option]");
    if (!tile) return;
    chosen(tile.dataset.id);
    tile.focus();
  });
  tiles.addEventListener("keydown", (event) => {
    const all = [...tiles.children];
    const at = all.indexOf(event.target.closest("[role=option]"));
    const across = all.filter((tile) => tile.offsetTop === all[0].offsetTop).length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across, Home: -at, End: all.length - 1 - at }[event.key];
    if (step === undefined || at < 0) return;
    event.preventDefault();
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    chosen(next.dataset.id);
    next.focus();
  });

  const drawTiles = () => {
    const all = model.get("tiles");
    const key = JSON.stringify([all, width]);
    if (key === drawn) return mark(model.get("region"));
    drawn = key;
    const held = tiles.contains(tiles.getRootNode().activeElement);
    const most = Math.max(...all.map((tile) => tile.carbon ?? 0), 1e-30);
    const colour = colours(all);
    tiles.replaceChildren();
    strip.setAttribute("viewBox", `0 0 ${width} 56`);
    strip.replaceChildren();
    const wide = width / Math.max(all.length, 1);
    all.forEach((tile, i) => {
      const share = (tile.carbon ?? 0) / most;
      const option = element(tiles, "div", { role: "option", "data-id": tile.id, "aria-label": `${tile.name}, ${tile.country}: ${tile.text}, ${i + 1} of ${all.length}${tile.home ? ", where the plan runs" : ""}` });
      option.style.setProperty("--c", colour(tile.carbon));
      option.style.setProperty("--w", `${(100 * share).toFixed(1)}%`);
      element(option, "b", {}, `${tile.home ? "▸ " : ""}${tile.name}`);
      element(option, "span", {}, `${tile.text}${tile.hours ? " ◷" : ""}`);
      const high = Math.max(52 * share, 1);
      const one = element(strip, "rect", { x: i * wide + wide * 0.1, width: wide * 0.8, y: 54 - high, height: high, "data-id": tile.id });
      one.style.fill = colour(tile.carbon);
    });
    mark(model.get("region"));
    if (held) tiles.querySelector("[tabindex='0']")?.focus();
  };
  strip.addEventListener("click", (event) => event.target.dataset.id && chosen(event.target.dataset.id));

  // ---- the hours
  const begin = (event) => {
    const box = svg.getBoundingClientRect();
    const hour = Math.floor(scales.across.back(event.clientX - box.left));
    timed({ start: (Math.min(Math.max(hour, 0), 23) - Math.floor(time.length / 2) + 24) % 24 });
  };
  svg.addEventListener("pointerdown", (event) => {
    svg.setPointerCapture(event.pointerId);
    begin(event);
  });
  svg.addEventListener("pointermove", (event) => svg.hasPointerCapture(event.pointerId) && begin(event));
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, Home: -time.start, End: 23 - time.start }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    timed({ start: (time.start + step + 24) % 24 });
  });
  const drawDay = () => {
    const day = model.get("day");
    time = { ...model.get("hours") };
    busy(time.length);
    told.textContent = day.text ?? "";
    const bars = day.bars ?? [];
    svg.style.display = bars.length ? "" : "none";
    if (!bars.length) return;
    const [, high] = ends(bars, false);
    const x = { low: 0, high: 24, log: false, ticks: [0, 6, 12, 18, 24], label: `Hour of the day, UTC (${day.profile})` };
    scales = frame(svg, x, { low: 0, high, log: false, label: "gCO2e/kWh" }, width, 220);
    const { across, up, layer, bottom } = scales;
    const lines = hatch(svg, "var(--mw-1)");
    bars.forEach((value, i) => {
      const box = { x: across(i) + 1, width: across(i + 1) - across(i) - 2, y: up(value), height: bottom - up(value) };
      element(layer, "rect", { ...box, class: "mw-map-idle" });
      if (day.busy[i]) element(layer, "rect", { ...box, width: box.width * day.busy[i], fill: "var(--mw-1)" });
      if (day.best === i && time.length < 24) element(layer, "text", { x: across(i) + 2, y: up(value) - 5, class: "mw-halo" }, "best from here");
    });
    layer.querySelectorAll(".mw-map-idle").forEach((idle) => (idle.style.fill = lines));
    const still = time.length >= 24;
    Object.entries({ role: still ? "img" : "slider", "aria-label": still ? day.text : "First busy hour, UTC", "aria-valuemin": 0, "aria-valuemax": 23, "aria-valuenow": time.start, "aria-valuetext": day.text }).forEach(([key, value]) => svg.setAttribute(key, value));
    if (still) svg.removeAttribute("tabindex");
    else svg.setAttribute("tabindex", 0);
  };

  const draw = () => {
    const { group: own, sort: order } = model.get("listed");
    group(model.get("groups"), own);
    sort([["carbon", "carbon"], ["cost", "cost"], ["name", "name"]], order);
    const { text, lines, source: from } = model.get("detail");
    said.textContent = text ?? "";
    facts.replaceChildren();
    for (const [words, value] of lines ?? []) {
      const fact = element(facts, "div");
      element(fact, "dt", {}, words);
      element(fact, "dd", {}, value);
    }
    source.textContent = from ? `Source: ${from}` : "";
    error.textContent = model.get("error");
    drawTiles();
    drawDay();
  };
  const fit = fitted(root, (now) => {
    width = now;
    draw();
  });
  const stop = listen(model, ["tiles", "detail", "day", "listed", "groups", "error"], draw);
  draw();
  return () => {
    [where.stop, when.stop, stop, fit].forEach((end) => end());
    root.remove();
  };
}

export default { render };
