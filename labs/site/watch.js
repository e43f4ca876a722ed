// A line that says what is loading, and a box that says what failed: a page is never silently blank.
{
  const began = performance.now();
  const editing = document.currentScript.dataset.mode === "edit"; // cells run when the reader says so
  const elsewhere = ["ancestor-stopped", "ancestor-prevented", "interruption"]; // the cell that failed says why
  const faults = new Map(); // what failed, by cell or file
  const files = { asked: 0, came: 0 };
  const cells = { all: 0, done: new Set() };
  let step = "Loading the page";
  let line, box;

  const add = (kind, role) => {
    const element = document.createElement("div");
    element.className = kind;
    element.setAttribute("role", role);
    return document.documentElement.appendChild(element);
  };

  const progress = () => {
    line ??= add("site-line", "status");
    let count = "";
    if (files.asked) count = `, ${files.came} of ${files.asked} files`;
    if (cells.all) count = `, ${cells.done.size} of ${cells.all} cells`;
    line.textContent = `${step}${count}, ${Math.round((performance.now() - began) / 1000)} s`;
    if (document.querySelector("#root #opening")) document.querySelector(".site-first")?.remove();
  };
  const clock = setInterval(progress, 250);

  const finish = () => {
    clearInterval(clock);
    line?.remove();
    document.querySelector(".site-first")?.remove();
    document.documentElement.dataset.site = faults.size ? "failed" : "ready";
  };

  const show = () => {
    box?.remove();
    box = undefined;
    if (!faults.size) return;
    box = add("site-fault", "alert");
    box.append(Object.assign(document.createElement("strong"), { textContent: "Something on this page failed" }));
    for (const text of new Set(faults.values()))
      box.append(Object.assign(document.createElement("p"), { textContent: text }));
    const again = Object.assign(document.createElement("button"), { textContent: "Load the page again" });
    again.onclick = () => location.reload();
    box.append(again);
  };

  const fault = (what, text) => {
    faults.set(what, text);
    show();
  };
  const fatal = (what, text) => {
    fault(what, text);
    finish();
  };

  const cell = ({ cell_id: id, status, output }) => {
    if (status === "idle") cells.done.add(id);
    if (!output) return;
    const errors = output.mimetype === "application/vnd.marimo+error" ? output.data : [];
    const own = errors.filter((error) => !elsewhere.includes(error.type));
    if (own.length) fault(id, own.map((error) => `${error.exception_type ?? error.type}: ${error.msg ?? ""}`).join("; "));
    else if (faults.delete(id)) show();
  };

  const kernel = ({ op, data }) => {
    if (op === "kernel-ready") {
      cells.all = data.cell_ids.length;
      step = "Loading what the cells need";
      if (editing) finish();
    } else if (op === "cell-op") {
      step = "Computing";
      cell(data);
    } else if (op === "completed-run") finish();
  };

  const anew = () => {
    step = "Starting Python, as the saved one cannot be used";
    faults.clear();
    show();
  };

  const heard = ({ data }) => {
    const { id, payload } = data.data ?? {};
    if (data.site === "anew") anew();
    else if (data.site === "lost") fault(data.name, `${data.name} could not be downloaded: ${data.why}`);
    else if (data.site === "failed") fatal(data.name, `Python says: ${data.why.trim().split("\n").pop()}`);
    else if (data.site) files[data.site] += 1;
    else if (id === "initializingMessage") step = payload.message.replace(/\.+$/, "");
    else if (id === "initializedError") fatal("start", `Python did not start: ${payload.error.trim().split("\n").pop()}`);
    else if (id === "kernelMessage") kernel(JSON.parse(payload.message));
  };

  // charts are drawn in the worker, which cannot ask what the reader prefers
  const coloured = (message) => {
    if (message?.data?.method !== "startSession") return message;
    const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const { params } = message.data;
    const code = params.code.replace('theme = "system"', `theme = "${theme}"`);
    const userConfig = { ...params.userConfig, display: { ...params.userConfig?.display, theme } };
    return { ...message, data: { ...message.data, params: { ...params, code, userConfig } } };
  };

  window.Worker = class extends Worker {
    constructor(...all) {
      super(...all);
      const name = String(all[0]).split("/").pop();
      this.addEventListener("message", heard);
      this.addEventListener("error", (event) => fatal("worker", `${name} stopped or could not be downloaded: ${event.message ?? "no more is known"}`));
    }
    postMessage(message, ...all) {
      super.postMessage(coloured(message), ...all);
    }
  };
  const missing = ({ target }) => {
    const file = target.matches?.("script, link") && (target.src || target.href);
    if (file) fatal(file, `${file} could not be downloaded`);
  };
  window.addEventListener("error", missing, true);
  window.addEventListener("vite:preloadError", ({ payload }) => fault("part", payload.message));
  window.addEventListener("unhandledrejection", ({ reason }) => fault("page", `The page failed: ${reason?.message ?? reason}`));
}
