// The places of a slider: 240 steps between its ends, each count once.
function places({ low, high, log, whole }) {
  const along = scale(low, high, 0, 240, log);
  const found = Array.from({ length: 241 }, (_, i) => along.back(i));
  return whole ? [...new Set(found.map(Math.round))] : found;
}

function render({ model, el }) {
  const root = element(el, "div", { class: "mw" });
  const controls = element(root, "div", { class: "mw-controls" });
  const svg = element(root, "svg", { role: "img" });
  const answer = element(root, "p", { class: "mw-answer", "aria-live": "polite" });
  const error = element(root, "p", { class: "mw-error", role: "alert" });
  const sent = sender(model, "values", "marker");
  let values = { ...model.get("values") };

  const take = (name) => {
    model.set("chip", name);
    model.save_changes();
  };
  const chips = model.get("chips").length ? chooser(controls, "Chip", take, "chip") : () => {};
  const shows = model.get("sliders").map((one) => {
    const say = (value) => `${written(value / one.factor)} ${one.shown}`.trim();
    const send = (value) => {
      values = { ...values, [one.name]: value };
      sent.send(values);
    };
    const show = slider(controls, one.words, places(one), say, send, one.name);
    return () => show(values[one.name]);
  });
  const choose = (name) => {
    model.set("across", name);
    model.save_changes();
  };
  const over = chooser(controls, "The curve runs over", choose, "across");

  const draw = () => {
    const curve = model.get("curve");
    const marker = model.get("marker");
    const xs = curve.xs.map((value) => value / curve.factor);
    const tall = (value) => (value === null ? null : value / curve.size);
    const ys = curve.ys.map(tall);
    const [low, high] = ends([...ys, tall(marker.y)], false);
    const wide = Math.max(root.clientWidth, 280);
    const label = wide < 8 * curve.x.length ? curve.name.replaceAll("_", " ") : curve.x;
    const x = { low: xs[0], high: xs[xs.length - 1], log: curve.log, label };
    const y = { low, high, log: false, label: curve.y };
    const { across, up, layer, top, bottom } = frame(svg, x, y, wide, Math.min(320, 0.45 * wide + 110));
    const fits = ys.map((value, i) => (curve.broken[i] ? null : value));
    const line = (ys, more) => element(layer, "path", { class: "mw-curve", ...more, d: path(xs, ys, across, up) });
    line(ys, { "stroke-dasharray": "4 4", opacity: 0.6 });
    line(fits, {});
    if (marker.y !== null) {
      const at = across(marker.x / curve.factor);
      element(layer, "line", { x1: at, x2: at, y1: top, y2: bottom, stroke: "var(--mw-2)", "stroke-dasharray": "2 3" });
      element(layer, "circle", { class: "mw-dot", r: 6, cx: at, cy: up(tall(marker.y)) });
    }
    svg.setAttribute("aria-label", marker.alt);
    answer.textContent = marker.text;
    error.textContent = model.get("error");
  };
  const moved = () => {
    values = { ...model.get("values") };
    shows.forEach((show) => show());
    chips(model.get("chips").map((name) => [name, name.replaceAll("_", " ")]), model.get("chip"));
    over(model.get("sliders").map(({ name, words }) => [name, words]), model.get("across"));
  };
  const stops = [
    listen(model, ["curve", "marker", "error"], once(draw)),
    listen(model, ["values", "across", "chip"], moved),
    fitted(root, draw),
  ];
  moved();
  draw();
  return () => {
    sent.stop();
    stops.forEach((stop) => stop());
    root.remove();
  };
}

export default { render };
