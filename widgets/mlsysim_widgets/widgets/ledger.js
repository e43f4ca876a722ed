const [DATABASE, STORE] = ["mlsysim", "ledger"];

function opened() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: ["lab", "id"] });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

// One transaction on the database; `work` gets the store. Done means written, not asked for.
async function transact(mode, work) {
  const database = await opened();
  try {
    return await new Promise((done, failed) => {
      const doing = database.transaction(STORE, mode, { durability: "strict" });
      const result = work(doing.objectStore(STORE));
      doing.oncomplete = () => done(result);
      doing.onabort = doing.onerror = () => failed(doing.error);
    });
  } finally {
    database.close();
  }
}

const keyOf = (entry) => JSON.stringify([entry.lab, entry.id]);

function render({ model, el }) {
  const root = element(el, "section", { class: "mw", "aria-label": "Ledger" });
  root.classList.add("mw-led");
  element(root, "h3", {}, "What you said");
  const boxes = element(root, "div");
  const list = element(root, "ol", { class: "mw-led-list" });
  const others = element(root, "details");
  const more = element(others, "summary");
  const elsewhere = element(others, "ol", { class: "mw-led-list" });
  const status = element(root, "p", { class: "mw-muted", role: "status" });
  const alarm = element(root, "p", { class: "mw-error", role: "alert" });
  const bar = element(root, "div", { class: "mw-bar" });
  const error = element(root, "p", { class: "mw-error", role: "alert" });
  const known = new Map();
  const fields = new Map();
  const touched = new Map();
  const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("mlsysim-ledger") : null;
  let [queue, stopped, timer, failure] = [Promise.resolve(), false, undefined, ""];

  const put = (name, value) => {
    if (stopped) return;
    model.set(name, value);
    model.save_changes();
  };
  // One after another, so that no write overtakes another; a failure is said, and the next one tries again.
  const queued = (work) => {
    queue = queue.then(work).then(
      (idle) => (failure = idle ? failure : ""),
      (fault) => (failure = `${fault?.name ?? "Error"}: ${fault?.message ?? fault}`),
    );
    queue = queue.then(() => {
      if (stopped) return;
      put("kept", { count: known.size, failed: failure });
      draw();
    });
    return queue;
  };
  // What the database is not known to have in this form.
  const strangeTo = (entries) => entries.filter((entry) => known.get(keyOf(entry)) !== JSON.stringify(entry));
  const met = (found) => {
    const fresh = strangeTo(found);
    fresh.forEach((entry) => known.set(keyOf(entry), JSON.stringify(entry)));
    if (fresh.length) put("stored", fresh);
  };
  const readAll = async () => met((await transact("readonly", (store) => store.getAll())).result);
  // Write what the database does not have yet; what another page wrote meanwhile is joined first, not overwritten.
  const writeAll = async () => {
    const due = strangeTo(model.get("entries"));
    if (!due.length) return true;
    const [strange, done] = [[], []];
    await transact("readwrite", (store) => {
      for (const entry of due) {
        const asked = store.get([entry.lab, entry.id]);
        asked.onsuccess = () => {
          const there = asked.result && JSON.stringify(asked.result);
          if (there && there !== known.get(keyOf(entry))) strange.push(asked.result);
          else store.put(entry) && done.push(entry);
        };
      }
    });
    done.forEach((entry) => known.set(keyOf(entry), JSON.stringify(entry)));
    met(strange);
    if (done.length) channel?.postMessage({});
  };
  const forget = async () => {
    const lab = model.get("lab");
    await transact("readwrite", (store) => store.delete(IDBKeyRange.bound([lab], [lab, []])));
    [...known.keys()].filter((key) => JSON.parse(key)[0] === lab).forEach((key) => known.delete(key));
    touched.clear();
    channel?.postMessage({ forgot: lab });
    put("forgotten", lab);
  };
  if (channel) channel.onmessage = ({ data }) => (data.forgot ? put("forgotten", data.forgot) : queued(readAll));

  // ---- what the reader writes
  const send = () => {
    clearTimeout(timer);
    timer = undefined;
    put("typed", Object.fromEntries(touched));
  };
  for (const box of model.get("boxes")) {
    const label = element(boxes, "label", { class: "mw-led-box" });
    element(label, "span", {}, box.question);
    const field = element(label, box.options.length ? "select" : "textarea", { "data-id": box.id });
    if (box.options.length) ["", ...box.options].forEach((one) => element(field, "option", { value: one }, one || "Choose"));
    else field.rows = 3;
    field.addEventListener("change", send);
    field.addEventListener("input", () => {
      touched.set(box.id, field.value);
      clearTimeout(timer);
      timer = setTimeout(send, 300);
    });
    fields.set(box.id, field);
  }
  const name = element(element(bar, "label", { class: "mw-led-name" }, "Your name, if you like "), "input", { type: "text", autocomplete: "off" });
  name.addEventListener("change", () => put("reader", name.value));
  const button = (words, action) => element(bar, "button", { type: "button" }, words).addEventListener("click", action);
  button("Export", () => {
    const whole = { format: "mlsysim-ledger", version: 1, reader: model.get("reader"), entries: model.get("entries") };
    const address = URL.createObjectURL(new Blob([JSON.stringify(whole, null, 1)], { type: "application/json" }));
    element(bar, "a", { href: address, download: "ledger.json", hidden: "" }).click();
    bar.lastChild.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  });
  const picker = element(bar, "input", { type: "file", accept: ".json,application/json", hidden: "", "aria-label": "File to import" });
  picker.addEventListener("change", async () => {
    const [file] = picker.files;
    picker.value = "";
    if (file) put("file", await file.text());
  });
  button("Import", () => picker.click());
  button("Forget this lab", ({ target }) => {
    const sure = target.classList.toggle("mw-main");
    target.textContent = sure ? "Press again to forget all you said in this lab" : "Forget this lab";
    if (!sure) queued(forget);
  });

  // ---- what is shown
  const write = (where, entries, lab) => {
    where.replaceChildren();
    for (const entry of entries) {
      const item = element(where, "li", { "data-id": entry.id, "data-kind": entry.kind });
      element(item, "span", { class: "mw-muted" }, `${lab ? `${entry.lab}: ` : ""}${entry.question ?? entry.id}`);
      const told = Array.isArray(entry.value) ? `${entry.value.length} points drawn` : `${entry.value} ${entry.unit ?? ""}`;
      element(item, "span", {}, entry.said ?? told.trim());
      const earlier = entry.before?.length;
      if (earlier) element(item, "span", { class: "mw-muted" }, `${earlier} earlier answer${earlier > 1 ? "s" : ""} kept`);
    }
  };
  const draw = () => {
    if (stopped) return;
    const [all, lab] = [model.get("entries").filter((entry) => entry.kind !== "setting"), model.get("lab")];
    const own = all.filter((entry) => entry.lab === lab);
    const rest = all.filter((entry) => entry.lab !== lab);
    write(list, own.filter((entry) => !fields.has(entry.id)), false);
    write(elsewhere, rest, true);
    others.hidden = !rest.length;
    more.textContent = `From other labs: ${rest.length}`;
    for (const [id, field] of fields) {
      const said = own.find((entry) => entry.id === id)?.value ?? "";
      if (field.getRootNode().activeElement !== field && timer === undefined) field.value = said;
    }
    if (name.getRootNode().activeElement !== name) name.value = model.get("reader");
    const place = model.get("place") ? ` and in ${model.get("place")}` : "";
    const due = strangeTo(model.get("entries")).length;
    status.textContent = failure ? "" : due ? "Being written" : all.length ? `${all.length} answer${all.length > 1 ? "s" : ""} kept in this browser${place}` : "Nothing said yet";
    alarm.textContent = failure ? `This browser does not keep what you said (${failure}). Export it before you leave the page.` : "";
    error.textContent = model.get("error");
  };
  const stops = [
    listen(model, ["entries", "joined"], () => {
      draw();
      queued(writeAll);
    }),
    listen(model, ["error", "reader", "place"], draw),
  ];
  const leaving = () => timer !== undefined && send(); // what was typed a moment ago
  addEventListener("pagehide", leaving);
  draw();
  queued(readAll).then(() => queued(writeAll));
  return () => {
    leaving();
    stopped = true;
    removeEventListener("pagehide", leaving);
    stops.forEach((stop) => stop());
    channel?.close();
    root.remove();
  };
}

export default { render };
