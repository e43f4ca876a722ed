function render({ model, el }) {
  const root = element(el, "div", { class: "mw" });
  const controls = element(root, "div", { class: "mw-controls" });
  const over = element(root, "label");
  element(over, "span", {}, "The curve runs over");
  const select = element(over, "select", { "aria-label": "What the curve runs over" });
  const svg = element(root, "svg", { role: "img" });
  const answer = element(root, "p", { class: "mw-answer", "aria-live": "polite" });
  const error = element(root, "p", { class: "mw-error", role: "alert" });
  const sent = sender(model, "values", "marker");
  const shown = {};
  let values = { ...model.get("values") };

  for (const slider of model.get("sliders")) {
    const label = element(controls, "label");
    element(label, "span", {}, slider.words);
    const output = element(label, "output");
    const input = element(label, "input", { type: "range", min: 0, max: 1000, step: 1, "data-name": slider.name });
    const along = scale(slider.low, slider.high, 0, 1000, slider.log);
    const show = () => {
      const text = `${written(values[slider.name])} ${slider.unit}`.trim();
      output.textContent = text;
      input.setAttribute("aria-valuetext", text);
    };
    input.value = along(values[slider.name]);
    input.addEventListener("input", () => {
      const value = along.back(Number(input.value));
      values = { ...values, [slider.name]: slider.whole ? Math.round(value) : value };
      show();
      sent.send(values);
    });
    show();
    shown[slider.name] = { input, along, show };
    element(select, "option", { value: slider.name }, slider.words);
  }
  select.value = model.get("across");
  select.addEventListener("change", () => {
    model.set("across", select.value);
    model.save_changes();
  });

  const draw = () => {
    const curve = model.get("curve");
    const marker = model.get("marker");
    const [low, high] = ends([...curve.ys, marker.y], false);
    const x = { low: curve.xs[0], high: curve.xs[curve.xs.length - 1], log: curve.log, label: curve.x };
    const { across, up, layer, top, bottom } = frame(svg, x, { low, high, log: false, label: curve.y });
    const fits = curve.ys.map((y, i) => (curve.broken[i] ? null : y));
    element(layer, "path", { class: "mw-curve", "stroke-dasharray": "4 4", opacity: 0.6, d: path(curve.xs, curve.ys, across, up) });
    element(layer, "path", { class: "mw-curve", d: path(curve.xs, fits, across, up) });
    if (marker.y !== null) {
      element(layer, "line", { x1: across(marker.x), x2: across(marker.x), y1: top, y2: bottom, stroke: "var(--mw-2)", "stroke-dasharray": "2 3" });
      element(layer, "circle", { class: "mw-dot", r: 6, cx: across(marker.x), cy: up(marker.y) });
    }
    svg.setAttribute("aria-label", marker.alt);
    answer.textContent = marker.text;
    error.textContent = model.get("error");
  };
  const moved = () => {
    values = { ...model.get("values") };
    for (const [name, { input, along, show }] of Object.entries(shown)) {
      if (document.activeElement !== input) input.value = along(values[name]);
      show();
    }
  };
  const stops = [listen(model, ["curve", "marker", "error"], draw), listen(model, ["values"], moved)];
  draw();
  return () => {
    sent.stop();
    stops.forEach((stop) => stop());
    root.remove();
  };
}

export default { render };
