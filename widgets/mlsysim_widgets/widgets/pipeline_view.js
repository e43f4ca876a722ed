function render({ model, el }) {
  const names = ["pp", "microbatches", "virtual_stages"];
  const limits = model.get("limits");
  const root = element(el, "div", { class: "mw" });
  const bar = element(root, "div", { class: "mw-controls mw-compact" });
  const sent = Object.fromEntries(names.map((name) => [name, sender(model, name, "marker")]));
  const values = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const words = { pp: "Stages", microbatches: "Micro-batches", virtual_stages: "Pieces on a stage" };
  const set = (name, value) => {
    const within = Math.max(1, Math.min(limits[name], value));
    if (within === values[name]) return;
    values[name] = within;
    shown[name](within);
    sent[name].send(within);
  };
  const counting = (name) => Array.from({ length: limits[name] }, (_, i) => i + 1);
  const shown = Object.fromEntries(
    names.map((name) => [name, slider(bar, words[name], counting(name), String, (value) => set(name, value), name)]),
  );
  const svg = element(root, "svg", { tabindex: 0, role: "group", class: "mw-free" });
  const key = element(root, "ul", { class: "mw-key" });
  for (const [kind, said] of [["mw-forward", "forward"], ["mw-backward", "backward"], ["mw-idle", "idle"]]) {
    const item = element(key, "li");
    element(item, "i", { class: kind });
    element(item, "span", {}, said);
  }
  element(root, "p", { class: "mw-muted" }, "Drag the right edge for micro-batches, the lower edge for stages; or use the arrow keys, and + and − for pieces.");
  const answer = element(root, "p", { class: "mw-answer", "aria-live": "polite" });
  const error = element(root, "p", { class: "mw-error", role: "alert" });

  svg.addEventListener("keydown", (event) => {
    const moves = { ArrowRight: ["microbatches", 1], ArrowLeft: ["microbatches", -1], ArrowDown: ["pp", 1], ArrowUp: ["pp", -1] };
    const move = { ...moves, "+": ["virtual_stages", 1], "-": ["virtual_stages", -1] }[event.key];
    if (!move) return;
    event.preventDefault();
    set(move[0], values[move[0]] + move[1]);
  });
  let drag = null; // what is dragged, where from, its count then, and the pixels of one
  svg.addEventListener("pointermove", (event) => {
    if (drag) set(drag.name, drag.count + Math.round(((drag.down ? event.clientY : event.clientX) - drag.from) / drag.pixels));
  });
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (drag = null));
  svg.addEventListener("pointerdown", (event) => {
    const name = event.target.dataset?.edge;
    if (!name) return;
    svg.setPointerCapture(event.pointerId);
    const down = name === "pp";
    drag = { name, down, from: down ? event.clientY : event.clientX, count: values[name], pixels: down ? rows(values.pp) : 24 };
  });

  const rows = (stages) => (stages > 16 ? 15 : stages > 8 ? 20 : 28);
  const letter = (chunk) => String.fromCharCode(97 + chunk);
  const draw = () => {
    const { pp, virtual_stages: pieces, end, held, blocks } = model.get("picture");
    const wide = Math.max(300, root.clientWidth);
    const [left, right, top, row] = [66, wide - 50, 22, rows(pp)];
    const bottom = top + pp * row;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${wide} ${bottom + 30}`);
    const idle = hatch(svg);
    const across = scale(0, end, left, right, false);
    const text = (x, y, said, more = {}) => element(svg, "text", { x, y, ...more }, said);
    text(wide - 4, 14, "kept", { "text-anchor": "end" });
    for (let stage = 0; stage < pp; stage++) {
      const y = top + stage * row;
      element(svg, "rect", { x: left, y: y + 1, width: right - left, height: row - 2, fill: idle, opacity: 0.3 });
      text(left - 8, y + row / 2 + 4, `stage ${stage + 1}`, { "text-anchor": "end" });
      text(wide - 4, y + row / 2 + 4, written(held[stage]), { "text-anchor": "end" });
    }
    const many = {}; // beyond what can be read, all blocks of a kind are one path
    for (const [stage, start, stop, microbatch, chunk, back] of blocks) {
      const [x, y, width] = [across(start), top + stage * row + 1, across(stop) - across(start)];
      const kind = back ? "mw-backward" : "mw-forward";
      if (blocks.length > 600) {
        const key = `${kind} ${chunk}`;
        const gap = Math.min(0.8, width / 4);
        many[key] = `${many[key] ?? ""}M${x.toFixed(2)} ${y}h${(width - gap).toFixed(2)}v${row - 2}h${(gap - width).toFixed(2)}z`;
        continue;
      }
      const rect = element(svg, "rect", { x, y, width, height: row - 2, class: `mw-block ${kind}` });
      if (pieces > 1) rect.style.setProperty("--piece", `${(chunk / pieces) * 60}%`);
      const said = pieces > 1 ? `${microbatch + 1}${letter(chunk)}` : `${microbatch + 1}`;
      element(rect, "title", {}, `${back ? "Backward" : "Forward"} of micro-batch ${said} on stage ${stage + 1}`);
      if (row >= 20 && width > 6 + 7 * said.length) text(x + width / 2, y + row / 2 + 3, said, { "text-anchor": "middle", class: "mw-in" });
    }
    for (const [key, d] of Object.entries(many)) {
      const [kind, chunk] = key.split(" ");
      const drawn = element(svg, "path", { d, class: `mw-block mw-many ${kind}` });
      drawn.style.setProperty("--piece", `${(chunk / pieces) * 60}%`);
    }
    const edge = (name, at, label) => {
      element(svg, "line", { ...at, class: "mw-edge" });
      element(svg, "line", { ...at, class: "mw-grip", "data-edge": name, cursor: name === "pp" ? "ns-resize" : "ew-resize" });
    };
    edge("microbatches", { x1: right + 4, x2: right + 4, y1: top, y2: bottom });
    edge("pp", { x1: left, x2: right, y1: bottom + 4, y2: bottom + 4 });
    text((left + right) / 2, bottom + 24, "time", { "text-anchor": "middle", class: "mw-label" });
    const { text: said } = model.get("marker");
    svg.setAttribute("aria-label", said);
    answer.textContent = said;
    error.textContent = model.get("error");
  };
  const moved = () => {
    for (const name of names) {
      if (drag || model.get(name) === values[name]) continue;
      values[name] = model.get(name);
      shown[name](values[name]);
    }
  };
  names.forEach((name) => shown[name](values[name]));
  const stops = [listen(model, ["picture", "marker", "error"], once(draw)), listen(model, names, moved), fitted(root, draw)];
  draw();
  return () => {
    stops.forEach((stop) => stop());
    names.forEach((name) => sent[name].stop());
    root.remove();
  };
}

export default { render };
