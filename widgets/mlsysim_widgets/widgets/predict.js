function render({ model, el }) {
  const asked = model.get("asked");
  const root = element(el, "section", { class: "mw", id: asked.id, "aria-label": "Prediction" });
  root.classList.add("mw-ask");
  const form = element(root, "form");
  const fields = element(form, "fieldset");
  element(fields, "legend", {}, asked.question);
  const holder = element(fields, "div");
  const sure = element(fields, "div", { class: "mw-bar", role: "radiogroup", "aria-label": "How sure are you?" });
  const bar = element(fields, "div", { class: "mw-bar" });
  const commit = element(bar, "button", { type: "submit", class: "mw-main", disabled: "" }, "This is my answer");
  const skip = element(bar, "button", { type: "button" }, "Show me");
  const result = element(root, "div", { class: "mw-ask-result" });
  const said = element(result, "p", { class: "mw-answer", "aria-live": "polite" });
  const error = element(root, "p", { class: "mw-error", role: "alert" });
  const unique = Math.random().toString(36).slice(2);
  let [guess, confidence, outside] = [model.get("guess"), model.get("confidence"), ""]; // outside: why what is typed is no answer
  const guessed = (value) => {
    guess = value;
    form.querySelector(".mw-untouched")?.classList.remove("mw-untouched");
    const given = Array.isArray(value) ? value.every((y) => y !== null) : value !== null;
    commit.disabled = !given;
  };
  const radio = (parent, group, value, action) => {
    const label = element(parent, "label", { class: "mw-radio" });
    const input = element(label, "input", { type: "radio", name: `${group}-${unique}`, value });
    input.addEventListener("change", () => action(value));
    element(label, "span", {}, value);
    return [input, label];
  };
  const said3 = (value) => amount(value, asked.unit);

  // ---- the three ways to ask; each returns what draws it again
  const number = () => {
    const label = element(holder, "label", { class: "mw-ask-number" });
    element(label, "span", {}, `Your guess${asked.unit && asked.unit !== "x" ? `, ${asked.unit}` : asked.unit ? ", times" : ""}`);
    const typed = element(label, "input", { type: "number", step: "any", placeholder: "—", "data-name": "typed" });
    const range = element(holder, "input", { type: "range", min: 0, max: 1000, step: 5, value: 500, class: "mw-untouched", "aria-label": asked.question, "aria-valuetext": "no guess yet" });
    const row = element(holder, "div", { class: "mw-ask-ends mw-muted", "aria-hidden": "true" });
    [asked.low, asked.high].forEach((end) => element(row, "span", {}, said3(end)));
    const along = scale(asked.low, asked.high, 0, 1000, asked.log);
    const take = (value) => {
      const held = value === null || (value >= asked.low && value <= asked.high);
      outside = held ? "" : `${written(value)} is outside the range: ${written(asked.low)} to ${said3(asked.high)}.`;
      error.textContent = outside || model.get("error");
      guessed(held ? value : null);
    };
    range.addEventListener("input", () => {
      const value = Math.min(Math.max(Number(along.back(Number(range.value)).toPrecision(3)), asked.low), asked.high);
      typed.value = value;
      range.setAttribute("aria-valuetext", said3(value));
      take(value);
    });
    typed.addEventListener("input", () => {
      const value = typed.value === "" ? null : Number(typed.value);
      if (value !== null && (value > 0 || !asked.log)) range.value = along(value);
      take(value);
    });
    const svg = element(result, "svg", { role: "img" });
    return (width, shown) => {
      if (guess !== null) [typed.value, range.value] = [guess, guess > 0 || !asked.log ? along(guess) : 0];
      svg.style.display = shown.value === null || shown.value === undefined ? "none" : "";
      if (svg.style.display === "none") return;
      const rows = [["you", guess, "none"], ["predicted", shown.value === shown.measured ? null : shown.value, "var(--mw-1)"], ["measured", shown.measured, "var(--mw-2)"]];
      const marks = rows.filter(([, value]) => value !== null && value !== undefined);
      const log = asked.log && marks.every(([, value]) => value > 0);
      const all = [asked.low, asked.high, ...marks.map(([, value]) => value)];
      const x = { low: Math.min(...all), high: Math.max(...all), log, label: asked.unit === "x" ? "times" : asked.unit };
      const { across, layer, left, right, top } = frame(svg, x, { low: 0, high: 1, ticks: [], label: "" }, width, 56 + 26 * marks.length);
      marks.forEach(([name, value, fill], i) => {
        const [cx, cy] = [across(value), top + 14 + 26 * i];
        if (name === "predicted" && shown.low !== null && shown.high !== null) {
          const [a, b] = [shown.low, shown.high].map((end) => Math.min(Math.max(across(end), left), right));
          element(layer, "rect", { class: "mw-band", x: a, width: b - a, y: cy - 9, height: 18 });
        }
        const look = { fill, stroke: name === "you" ? "currentColor" : fill, "stroke-width": 2.5 };
        if (name === "measured") element(layer, "path", { d: `M${cx} ${cy - 8}l8 8l-8 8l-8 -8z`, ...look });
        else element(layer, "circle", { cx, cy, r: 7, ...look });
        const before = cx > (left + right) / 2;
        element(layer, "text", { class: "mw-halo", x: cx + (before ? -13 : 13), y: cy + 4, "text-anchor": before ? "end" : "start" }, `${name} ${said3(value)}`);
      });
      svg.setAttribute("aria-label", shown.alt);
    };
  };

  const choice = () => {
    const group = element(holder, "div", { class: "mw-ask-options", role: "radiogroup", "aria-label": asked.question });
    const made = asked.options.map((option) => [option, ...radio(group, "option", option, guessed)]);
    return (_, shown) => {
      for (const [option, input, label] of made) {
        input.checked = option === guess;
        label.classList.toggle("mw-right", option === shown.answer);
        const marks = [option === guess && shown.text ? "you" : "", option === shown.answer ? "it is" : ""].filter(Boolean);
        label.dataset.mark = marks.join(", ");
      }
    };
  };

  const sketch = () => {
    const svg = element(holder, "svg", { tabindex: 0, role: "application", "aria-label": `${asked.question} Draw with a pointer, or with the arrow keys: left and right choose a column, up and down set it.` });
    const told = element(holder, "p", { class: "mw-muted", "aria-live": "polite" }, "Draw the curve across the whole width.");
    const { xs } = asked;
    const named = (axis) => ({ ...axis, label: axis.unit ? `${axis.label}, ${axis.unit}` : axis.label });
    let ys = Array.isArray(guess) ? [...guess] : xs.map(() => null);
    let at = 0;
    let last = null;
    let scales;
    const clip = (y) => Math.min(Math.max(y, asked.y.low), asked.y.high);
    const put = (column, y) => {
      ys[column] = Number(clip(y).toPrecision(4));
      at = column;
      told.textContent = `${asked.x.label} ${amount(xs[at], asked.x.unit)}: ${amount(ys[at], asked.y.unit)}`;
      guessed([...ys]);
    };
    const drawn = (event) => {
      const box = svg.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, scales.up.back(event.clientY - box.top)];
      const gaps = xs.map((one) => Math.abs(scales.across(one) - x));
      const column = gaps.indexOf(Math.min(...gaps));
      const [from, start] = last ?? [column, y];
      for (let i = from; i !== column; i += Math.sign(column - from)) put(i, start + ((y - start) * (i - from)) / (column - from));
      put(column, y);
      last = [column, y];
      redraw();
    };
    svg.addEventListener("pointerdown", (event) => {
      if (model.get("committed")) return;
      svg.setPointerCapture(event.pointerId);
      last = null;
      drawn(event);
    });
    svg.addEventListener("pointermove", (event) => svg.hasPointerCapture(event.pointerId) && drawn(event));
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: 0, ArrowDown: 0, Home: -xs.length, End: xs.length }[event.key];
      if (step === undefined || model.get("committed")) return;
      event.preventDefault();
      const next = Math.min(Math.max(at + step, 0), xs.length - 1);
      const now = ys[next] ?? ys[at] ?? scales.up.back((scales.top + scales.bottom) / 2);
      const lift = { ArrowUp: -1, ArrowDown: 1 }[event.key] ?? 0;
      put(next, scales.up.back(scales.up(now) + (lift * (scales.bottom - scales.top)) / 40));
      redraw();
    });
    return (width, shown) => {
      if (model.get("committed") && Array.isArray(guess)) ys = guess;
      scales = frame(svg, named(asked.x), named(asked.y), width, 280);
      const { across, up, layer, top, bottom } = scales;
      if (!model.get("committed")) element(layer, "line", { x1: across(xs[at]), x2: across(xs[at]), y1: top, y2: bottom, stroke: "currentColor", "stroke-dasharray": "2 4" });
      if (shown.ys) element(layer, "path", { class: "mw-curve", d: path(xs, shown.ys.map((y) => (y === null ? null : clip(y))), across, up) });
      element(layer, "path", { class: "mw-ask-drawn", d: path(xs, ys, across, up) });
      xs.forEach((x, i) => ys[i] !== null && element(layer, "circle", { class: "mw-ask-point", r: 4.5, cx: across(x), cy: up(ys[i]) }));
      if (!shown.ys) return;
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", shown.alt);
      svg.style.touchAction = "auto";
      told.textContent = "Dashed: yours. Solid: what the core says.";
    };
  };

  const show = { number, choice, sketch }[asked.kind]();
  element(sure, "span", { class: "mw-muted" }, "How sure are you?");
  asked.sure.forEach((word) => (radio(sure, "sure", word, (value) => (confidence = value))[0].checked = word === confidence));
  const send = (value) => {
    if (model.get("committed")) return;
    outside = "";
    model.set("guess", value);
    model.set("confidence", confidence);
    model.set("committed", true);
    model.save_changes();
    draw();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!commit.disabled) send(guess);
  });
  skip.addEventListener("click", () => send(null));
  const redraw = () => show(Math.max(root.clientWidth - 2, 280), model.get("shown"));
  const draw = () => {
    const done = model.get("committed");
    if (done) [guess, fields.disabled] = [model.get("guess"), true];
    [sure, bar].forEach((part) => (part.style.display = done ? "none" : ""));
    said.textContent = model.get("shown").text ?? (done && !model.get("error") ? "Being computed" : "");
    result.style.display = done ? "" : "none";
    error.textContent = outside || model.get("error");
    redraw();
  };
  const recall = () => {
    if (model.get("committed") || model.get("earlier").guess === undefined) return;
    confidence = model.get("earlier").confidence;
    send(model.get("earlier").guess);
  };
  const stops = [listen(model, ["committed", "shown", "error"], draw), listen(model, ["earlier"], recall), fitted(root, draw)];
  draw();
  recall();
  return () => {
    stops.forEach((stop) => stop());
    root.remove();
  };
}

export default { render };
