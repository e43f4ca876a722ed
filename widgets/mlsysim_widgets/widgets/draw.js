// What every widget draws with: elements, ticks, scales, a line chart, and sending only the last position.
const NS = "http://www.w3.org/2000/svg";

// Keys pressed inside a widget are the widget's: JupyterLab would move between cells.
function ours(event) {
  if (!event.ctrlKey && !event.metaKey && event.key !== "Escape") event.stopPropagation();
}

function element(parent, tag, attributes = {}, text = "") {
  const svg = parent instanceof SVGElement || tag === "svg";
  const made = svg ? document.createElementNS(NS, tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (attributes.class === "mw") made.addEventListener("keydown", ours);
  if (text !== "") made.textContent = text;
  parent.append(made);
  return made;
}

function written(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "not known";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) {
    const [digits, power] = value.toExponential(2).split("e");
    const raised = [...String(Number(power))].map((sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]).join("");
    return `${Number(digits)}·10${raised}`.replace(/^(-?)1·/, "$1"); // 7.23·10¹⁰, 10⁶
  }
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  return Number(value.toPrecision(4)).toLocaleString("en-US", { maximumFractionDigits: 6 });
}

// Three figures and a unit as it stands after them: 8x, 1 point, 2 points; a sign such as ms stays.
function amount(value, unit) {
  const said = written(Number(value.toPrecision(3)));
  const one = said === "1" && /^[a-z]{2,}s$/.test(unit);
  return `${said}${unit === "x" ? "" : " "}${one ? unit.slice(0, -1) : unit}`.trim();
}

function ticks(low, high, log, count = 5) {
  if (log) {
    const found = [];
    const step = Math.max(1, Math.ceil(Math.log10(high / low) / count));
    for (let power = Math.ceil(Math.log10(low)); 10 ** power <= high * 1.0001; power += step) found.push(10 ** power);
    if (found.length > 1) return found;
    const between = [];
    for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power += 1) {
      between.push(...[1, 2, 5].map((n) => Number((n * 10 ** power).toPrecision(12))).filter((tick) => tick >= low && tick <= high));
    }
    return between.length > 1 ? between : [low, Math.sqrt(low * high), high];
  }
  const raw = (high - low) / count || 1;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * unit).find((n) => n >= raw);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) found.push(Number(at.toPrecision(12)));
  return found;
}

function scale(low, high, from, to, log) {
  const at = log ? Math.log10 : (v) => v;
  const span = at(high) - at(low) || 1;
  const forward = (v) => from + ((at(v) - at(low)) / span) * (to - from);
  forward.back = (p) => {
    const v = at(low) + ((p - from) / (to - from)) * span;
    return log ? 10 ** v : v;
  };
  return forward;
}

// A frame with both axes; `x` and `y` say low, high, log, label, and ticks that are not to be chosen. Returns the scales and the layer to draw on.
function frame(svg, x, y, width = 560, height = 300) {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren();
  // The numbers at the left have room beside the words of their axis.
  const rows = (y.ticks ?? ticks(y.low, y.high, y.log)).map((tick) => [tick, written(tick)]);
  const longest = Math.max(0, ...rows.map(([, word]) => 6.9 * word.replace(/[,.·]/g, "").length + 3.5 * word.replace(/[^,.·]/g, "").length));
  const [left, right, top, bottom] = [y.label ? Math.max(64, longest + 28) : 64, width - 12, 12, height - 44];
  const across = scale(x.low, x.high, left, right, x.log);
  const up = scale(y.low, y.high, bottom, top, y.log);
  const axes = element(svg, "g", { class: "mw-axes" });
  let free = 0; // where the last number ends
  for (const tick of x.ticks ?? ticks(x.low, x.high, x.log)) {
    element(axes, "line", { x1: across(tick), x2: across(tick), y1: top, y2: bottom });
    const word = written(tick);
    // A digit is at most 7.2 wide: the last number must not leave the picture, nor any touch the one before it.
    const half = 3.6 * word.length;
    const middle = Math.min(across(tick), width - 2 - half);
    if (middle - half < free) continue;
    free = middle + half + 4;
    element(axes, "text", { x: middle, y: bottom + 16, "text-anchor": "middle" }, word);
  }
  for (const [tick, word] of rows) {
    element(axes, "line", { x1: left, x2: right, y1: up(tick), y2: up(tick) });
    element(axes, "text", { x: left - 6, y: up(tick) + 4, "text-anchor": "end" }, word);
  }
  element(axes, "text", { x: (left + right) / 2, y: height - 8, "text-anchor": "middle", class: "mw-label" }, x.label);
  const middle = (top + bottom) / 2;
  element(axes, "text", { x: 14, y: middle, "text-anchor": "middle", class: "mw-label", transform: `rotate(-90 14 ${middle})` }, y.label);
  return { across, up, layer: element(svg, "g"), left, right, top, bottom };
}

function path(xs, ys, across, up) {
  let text = "";
  let open = false;
  xs.forEach((x, i) => {
    const ok = ys[i] !== null && Number.isFinite(ys[i]);
    if (ok) text += `${open ? "L" : "M"}${across(x).toFixed(2)} ${up(ys[i]).toFixed(2)}`;
    open = ok;
  });
  return text;
}

// The ends of numbers for an axis, with some room; logarithmic where asked and possible.
function ends(values, log) {
  const known = values.filter((v) => v !== null && Number.isFinite(v) && (!log || v > 0));
  if (!known.length) return log ? [1, 10] : [0, 1];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (log) return low === high ? [low / 2, high * 2] : [low / 1.15, high * 1.15];
  return low === high ? [Math.min(0, low), high * 1.2 || 1] : [Math.min(0, low), high + (high - low) * 0.08];
}

// Send a trait, but never while an answer is awaited: then only the last value goes, so that dragging stays smooth.
function sender(model, trait, answer) {
  let waiting = null;
  let next;
  const send = (value) => {
    if (JSON.stringify(value) === JSON.stringify(model.get(trait))) return; // nothing would answer
    model.set(trait, value);
    model.save_changes();
    waiting = setTimeout(arrived, 2000);
  };
  const arrived = () => {
    clearTimeout(waiting);
    waiting = null;
    if (next !== undefined) {
      const value = next;
      next = undefined;
      send(value);
    }
  };
  model.on(`change:${answer}`, arrived);
  return {
    send: (value) => (waiting === null ? send(value) : (next = value)),
    stop: () => {
      clearTimeout(waiting);
      model.off(`change:${answer}`, arrived);
    },
  };
}

// Listen, and get back the function that stops listening.
function listen(model, names, action) {
  names.forEach((name) => model.on(`change:${name}`, action));
  return () => names.forEach((name) => model.off(`change:${name}`, action));
}

// The action, once for all changes that come together.
function once(action) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      action();
    });
  };
}

// A labelled slider over a list of stops. `send` gets the stop chosen; the function returned shows a value.
function slider(parent, words, stops, say, send, name) {
  const label = element(parent, "label");
  element(label, "span", {}, words);
  const output = element(label, "output");
  const input = element(label, "input", { type: "range", min: 0, max: stops.length - 1, step: 1, "data-name": name });
  const write = (value) => {
    output.textContent = say(value);
    input.setAttribute("aria-valuetext", say(value));
  };
  input.addEventListener("input", () => {
    write(stops[input.value]);
    send(stops[input.value]);
  });
  return (value) => {
    if (input.getRootNode().activeElement === input) return;
    write(value);
    const gaps = stops.map((stop) => Math.abs(stop - value));
    input.value = gaps.indexOf(Math.min(...gaps));
  };
}

// A labelled choice. The function returned fills it with options, each a value and its words, and shows one.
function chooser(parent, words, send, name) {
  const label = element(parent, "label", { class: "mw-choose" });
  element(label, "span", {}, words);
  const select = element(label, "select", { "data-name": name });
  select.addEventListener("change", () => send(select.value));
  return (options, value) => {
    const key = JSON.stringify(options);
    if (select.dataset.filled !== key) select.replaceChildren();
    if (select.dataset.filled !== key) options.forEach(([one, said]) => element(select, "option", { value: one }, said));
    select.dataset.filled = key;
    select.value = value;
  };
}

// A pattern of slanted lines, to be the fill of what colour alone must not tell.
function hatch(svg, colour = "currentColor") {
  const id = `mw-hatch-${Math.random().toString(36).slice(2)}`;
  const made = element(element(svg, "defs"), "pattern", { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  element(made, "line", { x1: 0, y1: 0, x2: 0, y2: 7, stroke: colour, "stroke-width": 3 });
  return `url(#${id})`;
}

// Draw now and at every change of the width, in pixels of the page; returns the function that stops.
function fitted(root, draw) {
  let width = 0;
  const watch = new ResizeObserver(() => {
    const now = Math.round(root.clientWidth);
    if (now > 0 && now !== width) draw((width = now));
  });
  watch.observe(root);
  return () => watch.disconnect();
}
