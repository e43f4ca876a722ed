function render({ model, el }) {
  const root = element(el, "div", { class: "mw" });
  const bar = element(root, "div", { class: "mw-controls mw-compact" });
  const set = (name) => (value) => {
    before = now();
    model.set(name, value);
    model.save_changes();
  };
  const chips = chooser(bar, "Chip", set("chip"), "chip");
  const precisions = chooser(bar, "Precision", set("precision"), "precision");
  const levers = chooser(bar, "Drag changes", set("across"), "across");
  const svg = element(root, "svg", { class: "mw-across", role: "slider", tabindex: 0, "aria-valuemin": 0 });
  element(root, "p", { class: "mw-muted" }, "Drag the dot, or use the arrow keys. The dashed ring is where it was.");
  const answer = element(root, "p", { class: "mw-answer", "aria-live": "polite" });
  const error = element(root, "p", { class: "mw-error", role: "alert" });
  const sent = sender(model, "values", "marker");
  const now = () => ({ picture: model.get("picture"), marker: model.get("marker") });
  let before = null;
  let held = null; // the stop under the pointer, drawn at once; the answer follows
  let places = null;

  const stop = () => {
    const { track } = model.get("picture");
    const gaps = track.map(([value]) => Math.abs(value - (held ?? model.get("marker").value)));
    return gaps.indexOf(Math.min(...gaps));
  };
  const go = (index) => {
    const { track } = model.get("picture");
    const to = track[Math.max(0, Math.min(track.length - 1, index))];
    if (!to || to[0] === (held ?? model.get("marker").value)) return;
    held = to[0];
    draw();
    sent.send({ ...model.get("values"), [model.get("across")]: held });
  };
  const nearest = (event) => {
    const box = svg.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const far = places.map((place) => (place ? Math.hypot(place[0] - x, (place[1] - y) / 3) : Infinity));
    go(far.indexOf(Math.min(...far)));
  };
  let dragging = false;
  let pressed = -1e9;
  svg.addEventListener("pointerdown", (event) => {
    svg.setPointerCapture(event.pointerId);
    dragging = true;
    before = now();
    nearest(event);
  });
  svg.addEventListener("pointermove", (event) => dragging && nearest(event));
  for (const name of ["pointerup", "pointercancel"]) svg.addEventListener(name, () => (dragging = false));
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5, Home: -1e6, End: 1e6 }[event.key];
    if (!step) return;
    event.preventDefault();
    if (event.timeStamp - pressed > 1500) before = now(); // a run of keys is one move
    pressed = event.timeStamp;
    go(stop() + step);
  });

  const roofs = (layer, across, up, picture, extra) => {
    element(layer, "path", { class: `mw-roof ${extra}`, d: path(picture.roof.map((p) => p[0]), picture.roof.map((p) => p[1]), across, up) });
  };
  const draw = () => {
    const { picture, marker } = now();
    const at = picture.track[stop()];
    const here = held !== null && at && held !== marker.value ? { x: at[1], y: at[2], fits: at[3] } : marker;
    const other = before && before.picture !== picture ? before.picture.extent : [];
    const [xs, ys] = [0, 1].map((i) => ends([picture, { extent: other }].flatMap((one) => one.extent[i] ?? []), true));
    const wide = Math.max(300, root.clientWidth);
    const x = { low: xs[0], high: xs[1], log: true, label: picture.x };
    const y = { low: ys[0], high: ys[1], log: true, label: picture.y };
    const { across, up, layer, ...box } = frame(svg, x, y, wide, Math.min(380, wide * 0.85));
    const id = `mw-clip-${Math.random().toString(36).slice(2)}`;
    const clip = element(element(svg, "clipPath", { id }), "rect", { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top });
    layer.setAttribute("clip-path", `url(#${clip.parentElement.id})`);
    places = picture.track.map(([, px, py]) => (px && py ? [across(px), up(py)] : null));
    const old = before && before.marker.y ? before.marker : null;
    if (old && before.picture !== picture) roofs(layer, across, up, before.picture, "mw-muted-line");
    roofs(layer, across, up, picture, "");
    const words = (text, px, py, more) => element(layer, "text", { class: "mw-halo", x: px, y: py, ...more }, text);
    if (picture.roof.length) {
      const [start, ridge] = picture.roof;
      words(`${picture.name}: ${picture.peak}`, box.right - 4, up(ridge[1]) - 8, { "text-anchor": "end" });
      const [ax, ay, bx, by] = [across(start[0]), up(start[1]), across(ridge[0]), up(ridge[1])];
      const turn = (Math.atan2(by - ay, bx - ax) * 180) / Math.PI;
      const mx = (Math.max(box.left, bx - (box.bottom - by) / Math.tan((-turn * Math.PI) / 180)) + bx) / 2;
      const my = by + ((bx - mx) * (ay - by)) / (bx - ax);
      words(picture.bandwidth, mx, my - 8, { "text-anchor": "middle", transform: `rotate(${turn} ${mx} ${my})` });
    }
    const line = (wanted, more) =>
      element(layer, "path", { class: "mw-curve", ...more, d: path(picture.track.map((t) => t[1]), picture.track.map((t) => (t[3] || !wanted ? t[2] : null)), across, up) });
    line(false, { "stroke-dasharray": "3 4", opacity: 0.6 });
    line(true, {});
    if (old) element(layer, "circle", { class: "mw-ring", r: 8, cx: across(old.x), cy: up(old.y) });
    if (here.y) {
      element(layer, "circle", { class: here.fits ? "mw-dot" : "mw-dot mw-broken", r: 9, cx: across(here.x), cy: up(here.y) });
      if (!here.fits) words("does not fit", across(here.x) + 14, up(here.y) + 4, {});
    }
    const [, name] = model.get("choices").levers.find(([one]) => one === model.get("across")) ?? [];
    svg.setAttribute("aria-label", `Roofline: ${name}`);
    svg.setAttribute("aria-valuemax", Math.max(0, picture.track.length - 1));
    svg.setAttribute("aria-valuenow", stop());
    svg.setAttribute("aria-valuetext", marker.text);
    const was = old && old.label !== marker.label ? ` Before: ${old.label}.` : "";
    answer.textContent = marker.text + (marker.text && was);
    error.textContent = model.get("error");
  };
  const chosen = () => {
    const choices = model.get("choices");
    chips(choices.chips.map((one) => [one, one.replaceAll("_", " ")]), model.get("chip"));
    precisions(choices.precisions.map((one) => [one, one]), choices.precision);
    levers(choices.levers, model.get("across"));
  };
  const arrived = () => {
    if (!dragging || model.get("marker").value === held) held = null;
    draw();
  };
  const stops = [
    listen(model, ["choices", "chip", "across"], once(chosen)),
    listen(model, ["picture", "marker", "error"], once(arrived)),
    fitted(root, draw),
  ];
  chosen();
  draw();
  return () => {
    sent.stop();
    stops.forEach((end) => end());
    root.remove();
  };
}

export default { render };
