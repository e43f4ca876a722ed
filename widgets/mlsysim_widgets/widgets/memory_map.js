function render({ model, el }) {
  const root = element(el, "div", { class: "mw" });
  const bar = element(root, "div", { class: "mw-controls mw-compact" });
  const svg = element(root, "svg", { role: "img", class: "mw-free" });
  const key = element(root, "ul", { class: "mw-key" });
  const answer = element(root, "p", { class: "mw-answer", "aria-live": "polite" });
  const error = element(root, "p", { class: "mw-error", role: "alert" });
  const sent = sender(model, "values", "marker");
  let values = { ...model.get("values") };

  const set = (name) => (value) => {
    values = { ...values, [name]: value };
    sent.send(values);
  };
  const shown = {};
  for (const { name, words, stops, options } of model.get("controls")) {
    if (stops) {
      shown[name] = slider(bar, words, stops, written, set(name), name);
    } else {
      const fill = chooser(bar, words, set(name), name);
      shown[name] = (value) => fill(options.map((one) => [one, one]), value);
    }
  }

  const fills = (index) => `var(--mw-${index + 1})`;
  const draw = () => {
    const { parts, stages, capacity, unit, room, refused } = model.get("picture");
    const wide = Math.max(300, root.clientWidth);
    const row = stages.length > 8 ? 22 : 30;
    const totals = stages.map(({ sizes }) => Object.values(sizes).reduce((sum, size) => sum + size, 0));
    const most = Math.max(...totals, capacity ?? 0) * 1.08;
    const x = { low: 0, high: most, log: false, label: `${unit} on one device` };
    const y = { low: stages.length, high: 0, log: false, label: "", ticks: [] };
    const { across, layer, left, top, bottom } = frame(svg, x, y, wide, stages.length * row + 84);
    layer.setAttribute("opacity", refused ? 0.35 : 1);
    const over = hatch(svg, "Canvas");
    const high = top + 18;
    stages.forEach(({ name, sizes, said, total, over: excess }, i) => {
      const [at, middle] = [high + i * row, high + i * row + row / 2 + 3];
      element(layer, "text", { x: left - 6, y: middle, "text-anchor": "end" }, name);
      let from = 0;
      parts.forEach(([part, words], j) => {
        const size = sizes[part] ?? 0;
        const [start, end] = [across(from), across(from + size)];
        from += size;
        if (!size) return;
        const box = { x: start, y: at, width: end - start, height: row - 4 };
        const rect = element(layer, "rect", { ...box, fill: fills(j), stroke: "Canvas", "stroke-width": 1 });
        element(rect, "title", {}, `${name}: ${words} ${said[part]}`);
        const seen = Math.min(end, excess ? across(capacity) : end); // what is over has its own words
        if (seen - start > 62) element(layer, "text", { x: (start + seen) / 2, y: middle, "text-anchor": "middle", class: j ? "mw-in mw-ink" : "mw-in" }, said[part]);
      });
      if (excess) {
        const [start, end] = [across(capacity), across(from)];
        element(layer, "rect", { x: start, y: at, width: end - start, height: row - 4, fill: over, stroke: "var(--mw-bad)", "stroke-width": 2 });
        element(layer, "text", { x: end - 6, y: middle, "text-anchor": "end", class: "mw-halo mw-label" }, `${excess} over`);
      } else {
        const end = across(from) + 5;
        const word = element(layer, "text", { x: end, y: middle, class: "mw-halo" }, total);
        if (end + word.getComputedTextLength() > wide) Object.entries({ x: end - 11, "text-anchor": "end" }).forEach(([n, v]) => word.setAttribute(n, v));
      }
    });
    if (capacity !== null) {
      const end = across(capacity);
      element(layer, "line", { x1: end, x2: end, y1: top + 12, y2: bottom, stroke: "currentColor", "stroke-width": 2.5 });
      element(layer, "text", { x: end < 100 ? end - 4 : end + 4, y: top + 8, "text-anchor": end < 100 ? "start" : "end", class: "mw-halo mw-label" }, `${room} in all`);
    }
    key.replaceChildren();
    parts.forEach(([, words], j) => {
      const item = element(key, "li");
      element(item, "i").style.background = fills(j);
      element(item, "span", {}, words);
    });
    if (stages.some(({ over: excess }) => excess)) {
      const item = element(key, "li");
      element(item, "i", { class: "mw-over" });
      element(item, "span", {}, "more than there is");
    }
    const { text } = model.get("marker");
    const told = refused ? "This layout is refused; the bars are those of the last one that was not." : text;
    svg.setAttribute("aria-label", `Memory by stage. ${told}`);
    answer.textContent = told;
    error.textContent = model.get("error");
  };
  const moved = () => {
    if (JSON.stringify(model.get("values")) === JSON.stringify(values)) return;
    values = { ...model.get("values") };
    for (const [name, show] of Object.entries(shown)) show(values[name]);
  };
  for (const [name, show] of Object.entries(shown)) show(values[name]);
  const stops = [listen(model, ["picture", "marker", "error"], once(draw)), listen(model, ["marker"], moved), fitted(root, draw)];
  draw();
  return () => {
    sent.stop();
    stops.forEach((stop) => stop());
    root.remove();
  };
}

export default { render };
