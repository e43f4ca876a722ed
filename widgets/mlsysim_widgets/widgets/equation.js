function render({ model, el }) {
  const root = element(el, "section", { class: "mw", "aria-label": "Equation" });
  root.classList.add("mw-eq");
  const line = element(root, "div", { class: "mw-eq-line" });
  const answer = element(root, "p", { class: "mw-answer", "aria-live": "polite" });
  const about = element(root, "p", { class: "mw-eq-about mw-muted" });
  const error = element(root, "p", { class: "mw-error", role: "alert" });
  const bar = element(root, "div", { class: "mw-bar" });
  const reset = element(bar, "button", { type: "button" }, "Reset");
  const more = element(root, "details");
  element(more, "summary", {}, "All symbols, sources and LaTeX");
  const table = element(more, "dl", { class: "mw-eq-list" });
  const form = model.get("form");
  const numbers = Object.fromEntries(model.get("numbers").map((number) => [number.name, number]));
  const first = { ...model.get("values") };
  const sent = sender(model, "values", "shown");
  const chips = [];
  const places = [];
  let values = { ...first };

  const symbol = (parent, letters, name) => {
    const made = element(parent, "span", { class: letters ? "mw-eq-symbol" : "mw-eq-name" });
    if (!letters) {
      made.textContent = name.replaceAll("_", " ");
      return;
    }
    const [base, low, high] = letters;
    element(made, "i", {}, base);
    if (low) element(made, "sub", {}, low);
    if (high) element(made, "sup", {}, high);
  };
  const tell = (name) => {
    const { meaning, source, moves } = numbers[name];
    const text = model.get("shown").texts?.[name] ?? "";
    about.textContent = `${meaning} (${name}): ${text}${source ? `. Source: ${source}` : ""}${moves ? "" : ". It is not moved here."}`;
  };

  // ---- a number: dragged sideways, or moved with the keys
  const change = (name, value) => {
    const { low, high, whole } = numbers[name];
    const next = Math.min(Math.max(whole ? Math.round(value) : value, low), high);
    if (next === values[name]) return;
    values = { ...values, [name]: next };
    sent.send(values);
  };
  const step = (name, key) => {
    const { low, high, whole } = numbers[name];
    const now = values[name];
    const by = whole ? Math.max(1, Math.round(now * 0.05)) : now * 0.05;
    const to = { ArrowRight: now + by, ArrowUp: now + by, ArrowLeft: whole ? now - by : now / 1.05, ArrowDown: whole ? now - by : now / 1.05 };
    Object.assign(to, { PageUp: now * 2, PageDown: now / 2, Home: low, End: high, Delete: first[name], Backspace: first[name] });
    return to[key];
  };
  const number = (parent, name) => {
    const { letters, meaning, moves, low, high } = numbers[name];
    const box = element(parent, "span", { class: "mw-eq-number", "data-name": name, tabindex: 0 });
    symbol(box, letters, name);
    const text = element(box, "span", { class: moves ? "mw-eq-value mw-eq-moves" : "mw-eq-value" });
    places.push(() => {
      text.textContent = model.get("shown").texts?.[name] ?? "";
      if (!moves) return;
      box.setAttribute("aria-valuenow", values[name]);
      box.setAttribute("aria-valuetext", text.textContent);
    });
    ["pointerenter", "focus"].forEach((kind) => box.addEventListener(kind, () => tell(name)));
    box.setAttribute("aria-label", moves ? meaning : `${meaning}, not moved`);
    box.setAttribute("role", moves ? "slider" : "note");
    if (!moves) return;
    box.setAttribute("aria-valuemin", low);
    box.setAttribute("aria-valuemax", high);
    let start = null;
    box.addEventListener("pointerdown", (event) => {
      if (event.button > 0) return;
      box.setPointerCapture(event.pointerId);
      start = [event.clientX, values[name]];
    });
    box.addEventListener("pointermove", (event) => {
      if (start && box.hasPointerCapture(event.pointerId)) change(name, start[1] * Math.exp((event.clientX - start[0]) / 90));
    });
    ["pointerup", "pointercancel"].forEach((kind) => box.addEventListener(kind, () => (start = null)));
    box.addEventListener("dblclick", () => change(name, first[name]));
    box.addEventListener("keydown", (event) => {
      const to = event.ctrlKey || event.metaKey || event.altKey ? undefined : step(name, event.key);
      if (to === undefined) return;
      event.preventDefault();
      change(name, to);
    });
    chips.push(box);
  };

  // ---- the expression
  const write = (parent, node) => {
    const parts = node.of ?? [];
    if (node.op === "symbol") number(parent, node.name);
    else if (node.op === "text") element(parent, "span", { class: "mw-eq-sign" }, node.text);
    else if (node.op === "row") parts.forEach((part) => write(parent, part));
    else if (node.op === "over") {
      const made = element(parent, "span", { class: "mw-eq-over" });
      parts.forEach((part) => write(element(made, "span", { class: "mw-eq-row" }), part));
    } else if (node.op === "power") {
      const made = element(parent, "span", { class: "mw-eq-power" });
      parts.forEach((part) => write(element(made, "span", { class: "mw-eq-row" }), part));
    } else if (node.op === "around") {
      const made = element(parent, "span", { class: "mw-eq-row" });
      element(made, "span", { class: "mw-eq-sign mw-eq-around" }, node.signs[0]);
      write(made, parts[0]);
      element(made, "span", { class: "mw-eq-sign mw-eq-around" }, node.signs[1]);
    }
  };
  const result = element(line, "span", { class: "mw-eq-number mw-eq-result" });
  symbol(result, form.letters, form.name);
  const value = element(result, "span", { class: "mw-eq-value" });
  element(line, "span", { class: "mw-eq-sign" }, "=");
  write(line, form.tree);

  const entry = (letters, name, words) => {
    symbol(element(table, "dt"), letters, name);
    const said = element(table, "dd");
    element(said, "code", {}, name);
    element(said, "span", {}, ` ${words}`);
  };
  entry(form.letters, form.name, `${form.meaning}${form.source ? `. Source: ${form.source}` : ""}`);
  for (const { name, letters, meaning, source } of Object.values(numbers)) entry(letters, name, `${meaning}. Source: ${source || "not said"}`);
  if (form.latex) {
    element(table, "dt", {}, "LaTeX");
    element(element(table, "dd"), "code", { class: "mw-eq-latex" }, form.latex);
  }
  reset.addEventListener("click", () => {
    values = { ...first };
    sent.send(values);
  });

  const draw = () => {
    const shown = model.get("shown");
    value.textContent = shown.text ?? "";
    answer.textContent = `${form.meaning}: ${shown.text ?? ""}${shown.change ? ` (${shown.change})` : ""}`;
    places.forEach((place) => place());
    const active = root.getRootNode().activeElement;
    if (active?.dataset?.name) tell(active.dataset.name);
    reset.disabled = !shown.change;
    error.textContent = model.get("error");
  };
  const moved = () => {
    if (chips.every((chip) => chip !== root.getRootNode().activeElement)) values = { ...model.get("values") };
    draw();
  };
  const stops = [listen(model, ["shown", "error"], draw), listen(model, ["values"], moved)];
  about.textContent = "Drag a number sideways, or choose one and press the arrow keys.";
  draw();
  return () => {
    sent.stop();
    stops.forEach((stop) => stop());
    root.remove();
  };
}

export default { render };
