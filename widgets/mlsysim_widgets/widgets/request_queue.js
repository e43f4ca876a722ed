function render({ model, el }) {
  const root = element(el, "div", { class: "mw" });
  const controls = element(root, "div", { class: "mw-controls mw-compact" });
  const sent = sender(model, "values", "marker");
  let values = { ...model.get("values") };
  const shown = {};
  for (const { name, words, stops } of model.get("controls")) {
    const set = (value) => sent.send((values = { ...values, [name]: value }));
    shown[name] = slider(controls, words, stops, written, set, name);
  }
  const bar = element(root, "div", { class: "mw-bar" });
  const button = (words, action) => {
    const made = element(bar, "button", { type: "button" }, words);
    made.addEventListener("click", action);
    return made;
  };
  const play = button("Play", () => (playing ? pause() : start()));
  button("Next event", () => jump(1));
  button("Other requests", () => {
    model.set("seed", model.get("seed") + 1);
    model.save_changes();
  });
  let [speed, wanted] = [1, 0]; // wanted: the speed that the reader chose
  const speeds = chooser(bar, "Speed", (value) => (speed = wanted = Number(value)), "speed");
  const clock = element(root, "input", { type: "range", min: 0, max: 1000, "aria-label": "Time", "data-name": "time" });
  const svg = element(root, "svg", { role: "group", tabindex: 0, class: "mw-free" });
  const state = element(root, "p", { class: "mw-muted" });
  const chart = element(root, "svg", { role: "img", class: "mw-free" });
  const answer = element(root, "p", { class: "mw-answer", "aria-live": "polite" });
  const error = element(root, "p", { class: "mw-error", role: "alert" });

  // ---- time
  let now = 0;
  let playing = false;
  let last = 0;
  let next = 0; // what is to be cancelled
  let events = [];
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const at = (time) => {
    now = Math.max(0, Math.min(model.get("run").end, time));
    clock.value = (now / model.get("run").end) * 1000;
    clock.setAttribute("aria-valuetext", `${written(now)} s`);
    scene();
  };
  const jump = (step) => {
    const to = step > 0 ? events.find((time) => time > now + 1e-9) : events.findLast((time) => time < now - 1e-9);
    if (to !== undefined) at(to);
  };
  const frameNow = (stamp) => {
    at(now + (Math.min(stamp - last, 100) / 1000) * speed);
    last = stamp;
    if (now >= model.get("run").end) return pause();
    next = requestAnimationFrame(frameNow);
  };
  const stepNow = () => {
    jump(1);
    next = setTimeout(stepNow, 900); // no smooth motion where it is not wanted
  };
  const pause = () => {
    playing = false;
    cancelAnimationFrame(next);
    clearTimeout(next);
    play.textContent = "Play";
    state.setAttribute("aria-live", "polite");
  };
  const start = () => {
    if (now >= model.get("run").end) at(0);
    playing = true;
    play.textContent = "Pause";
    state.setAttribute("aria-live", "off");
    last = performance.now();
    if (calm()) stepNow();
    else next = requestAnimationFrame(frameNow);
  };
  clock.addEventListener("input", () => at((Number(clock.value) / 1000) * model.get("run").end));
  svg.addEventListener("keydown", (event) => {
    const action = { ArrowRight: () => jump(1), ArrowLeft: () => jump(-1), " ": () => play.click() }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  // ---- the replica now
  let dots = null; // draws the first tokens until now
  const scene = () => {
    const { slots, requests } = model.get("run");
    const wide = Math.max(300, root.clientWidth);
    const columns = Math.min(slots, Math.max(8, Math.ceil(Math.sqrt(slots * 8))));
    const cell = Math.min(38, (wide - 4) / columns);
    svg.setAttribute("viewBox", `0 0 ${wide} ${36 + Math.ceil(slots / columns) * cell}`);
    svg.replaceChildren();
    const prefill = hatch(svg, "var(--mw-2)");
    const waiting = requests.filter(([arrival, begun]) => arrival <= now && now < begun).length;
    const gone = requests.filter((request) => request[3] <= now).length;
    element(svg, "text", { x: 2, y: 16, class: "mw-label" }, `${waiting} waiting`);
    const room = Math.floor((wide - 190) / 13);
    for (let i = 0; i < Math.min(waiting, room); i++) element(svg, "circle", { cx: 96 + i * 13, cy: 12, r: 5, class: "mw-dot" });
    element(svg, "text", { x: wide - 2, y: 16, "text-anchor": "end" }, `${gone} answered`);
    const place = (slot) => [2 + (slot % columns) * cell, 30 + Math.floor(slot / columns) * cell];
    for (let slot = 0; slot < slots; slot++) {
      const [x, y] = place(slot);
      element(svg, "rect", { x, y, width: cell - 3, height: cell - 3, rx: 3, class: "mw-slot" });
    }
    let [writes, reads] = [0, 0];
    for (const [, begun, first, done, slot] of requests) {
      if (begun > now || done <= now) continue;
      const [x, y] = place(slot);
      const size = cell - 3;
      if (now < first) {
        reads += 1;
        element(svg, "rect", { x, y, width: size, height: size, rx: 3, fill: prefill, stroke: "var(--mw-2)", "stroke-width": 2 });
      } else {
        writes += 1;
        const share = (now - first) / (done - first || 1);
        element(svg, "rect", { x, y: y + size * (1 - share), width: size, height: size * share, rx: 3, fill: "var(--mw-1)" });
      }
    }
    state.textContent = `At ${now.toFixed(2)} s: ${waiting} wait, ${reads} in prefill (hatched), ${writes} of ${slots} slots write.`;
    svg.setAttribute("aria-label", `A replica. ${state.textContent}`);
    dots?.();
  };

  // ---- time to the first token
  const times = () => {
    const { end, requests } = model.get("run");
    const { run, closed, text } = model.get("marker");
    const waits = requests.map(([arrival, , first]) => (first - arrival) * 1000);
    const lines = [
      ...Object.entries(closed).map(([name, time]) => [`closed form ${name}`, time, "6 4", "start"]),
      ...Object.entries(run).map(([name, time]) => [`run ${name}`, time, "", "end"]),
    ].filter(([, time]) => time !== null);
    const [low, high] = ends([...waits, ...lines.map(([, time]) => time * 1000)], true);
    const wide = Math.max(300, root.clientWidth);
    const y = { low: low / 1.2, high: high * 1.3, log: true, label: "First token, ms" };
    const { across, up, layer, left, right, top, bottom } = frame(chart, { low: 0, high: end, log: false, label: "Time, s" }, y, wide, 230);
    const seen = element(layer, "path", { class: "mw-first" });
    for (const [words, time, dashes, anchor] of lines) {
      const level = up(time * 1000);
      const colour = dashes ? "var(--mw-2)" : "var(--mw-1)";
      element(layer, "line", { x1: left, x2: right, y1: level, y2: level, stroke: colour, "stroke-width": 2, "stroke-dasharray": dashes });
      element(layer, "text", { x: anchor === "end" ? right - 3 : left + 3, y: level + (words.endsWith("50") ? 15 : -4), "text-anchor": anchor, class: "mw-halo" }, words);
    }
    const cursor = element(layer, "line", { y1: top, y2: bottom, stroke: "currentColor", "stroke-opacity": 0.6 });
    const marks = requests.map(([, , first], i) => [first, `M${across(first).toFixed(1)} ${up(waits[i]).toFixed(1)}h0`]);
    dots = () => {
      seen.setAttribute("d", marks.filter(([first]) => first <= now).map(([, mark]) => mark).join(""));
      cursor.setAttribute("x1", across(now));
      cursor.setAttribute("x2", across(now));
    };
    chart.setAttribute("aria-label", text);
    answer.textContent = text;
    error.textContent = model.get("error");
  };
  const arrived = () => {
    const { end, requests } = model.get("run");
    events = [...new Set(requests.flatMap((request) => request.slice(0, 4)))].sort((a, b) => a - b);
    const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
    speed = wanted || (steps.find((one) => end / one < 60) ?? 1000);
    speeds(steps.map((one) => [one, one === 1 ? "as it is" : `${one} times`]), String(speed));
    values = { ...model.get("values") };
    for (const [name, show] of Object.entries(shown)) show(values[name]);
    times();
    at(playing ? now : end * 0.3);
  };
  const again = () => {
    times();
    scene();
  };
  const stops = [listen(model, ["run", "marker", "error"], once(arrived)), fitted(root, again)];
  arrived();
  return () => {
    pause();
    sent.stop();
    stops.forEach((stop) => stop());
    root.remove();
  };
}

export default { render };
