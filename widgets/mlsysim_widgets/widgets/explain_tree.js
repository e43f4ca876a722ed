const [DEPTH, NAME, ROLE, VALUE, MEANING, SOURCE, OPTIONS, AGAIN] = [0, 1, 2, 3, 4, 5, 6, 7];

function render({ model, el }) {
  const root = element(el, "section", { class: "mw", "aria-label": "Explanation" });
  root.classList.add("mw-tree");
  const bar = element(root, "div", { class: "mw-controls" });
  const choose = chooser(
    bar,
    "Where does it come from?",
    (metric) => {
      model.set("metric", metric);
      model.save_changes();
    },
    "metric",
  );
  const tree = element(root, "ul", { role: "tree", "aria-label": "Folds out with the arrow keys" });
  const error = element(root, "p", { class: "mw-error", role: "alert" });
  let lines = [];
  let held = "";

  // The lines below a line; those of a repeated one stand where it was first explained.
  const below = (index) => {
    const from = lines[index][AGAIN];
    const found = [];
    for (let i = from + 1; i < lines.length && lines[i][DEPTH] > lines[from][DEPTH]; i++) {
      if (lines[i][DEPTH] === lines[from][DEPTH] + 1) found.push(i);
    }
    return found;
  };
  const row = (index, children) => {
    const line = lines[index];
    const made = document.createElement("div");
    made.className = "mw-tree-row";
    const source = model.get("sources")[line[SOURCE]];
    element(made, "span", { class: "mw-tree-fold", "aria-hidden": "true" }, children ? "▸" : "·");
    const words = element(made, "span", { class: "mw-tree-words" });
    const first = element(words, "span", { class: "mw-tree-first" });
    element(first, "b", {}, line[VALUE]);
    element(first, "span", {}, ` ${line[MEANING] || line[NAME]}`);
    const role = line[ROLE] ? `, as ${line[ROLE]}` : "";
    const options = line[OPTIONS] ? ` (${line[OPTIONS]})` : "";
    const second = element(words, "span", { class: "mw-muted" });
    element(second, "code", {}, line[NAME]);
    element(second, "span", {}, `${role}${options}${source ? ` · ${source}` : ""}`);
    return made;
  };
  const branch = (parent, indices, level) => {
    indices.forEach((index, place) => {
      const children = below(index);
      const item = element(parent, "li", {
        role: "treeitem",
        tabindex: -1,
        "aria-level": level,
        "aria-setsize": indices.length,
        "aria-posinset": place + 1,
        "data-line": index,
        "data-name": lines[index][NAME],
      });
      if (children.length) item.setAttribute("aria-expanded", "false");
      item.append(row(index, children.length > 0));
    });
  };
  const open = (item, wanted) => {
    if (item.getAttribute("aria-expanded") === null) return;
    item.setAttribute("aria-expanded", wanted);
    let group = item.querySelector(":scope > ul");
    if (wanted && !group) {
      group = element(item, "ul", { role: "group" });
      branch(group, below(Number(item.dataset.line)), Number(item.getAttribute("aria-level")) + 1);
    }
    if (group) group.hidden = !wanted;
    item.querySelector(".mw-tree-fold").textContent = wanted ? "▾" : "▸";
  };
  const seen = () => [...tree.querySelectorAll("li")].filter((item) => !item.parentElement.closest("[hidden]"));
  const stand = (item, focus = true) => {
    if (!item) return;
    tree.querySelectorAll("li[tabindex='0']").forEach((other) => {
      other.tabIndex = -1;
      other.setAttribute("aria-selected", "false");
    });
    item.tabIndex = 0;
    item.setAttribute("aria-selected", "true");
    if (focus) item.focus();
    if (model.get("picked") === Number(item.dataset.line)) return;
    model.set("picked", Number(item.dataset.line));
    model.save_changes();
  };
  const up = (item) => item.parentElement.closest("li");
  const is = (item) => item.getAttribute("aria-expanded");

  const keys = {
    ArrowDown: (item, all) => stand(all[all.indexOf(item) + 1]),
    ArrowUp: (item, all) => stand(all[all.indexOf(item) - 1]),
    Home: (_, all) => stand(all[0]),
    End: (_, all) => stand(all[all.length - 1]),
    ArrowRight: (item) => (is(item) === "true" ? stand(item.querySelector("li")) : open(item, true)),
    ArrowLeft: (item) => (is(item) === "true" ? open(item, false) : stand(up(item))),
    Enter: (item) => open(item, is(item) !== "true"),
    " ": (item) => open(item, is(item) !== "true"),
    "*": (item) => [...item.parentElement.children].forEach((other) => open(other, true)),
  };
  tree.addEventListener("keydown", (event) => {
    const item = event.target.closest("li");
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = seen();
    const typed = event.key.length === 1 && /\w/.test(event.key);
    if (keys[event.key]) keys[event.key](item, all);
    else if (typed) {
      const later = [...all.slice(all.indexOf(item) + 1), ...all];
      stand(later.find((other) => lines[other.dataset.line][MEANING].toLowerCase().startsWith(event.key.toLowerCase())));
    } else return;
    event.preventDefault();
  });
  tree.addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (!item || String(getSelection())) return;
    open(item, is(item) !== "true");
    stand(item);
  });

  const draw = () => {
    choose(model.get("choices"), model.get("metric"));
    error.textContent = model.get("error");
    lines = model.get("lines");
    const key = JSON.stringify(lines);
    if (key === held || !lines.length) return;
    held = key;
    tree.replaceChildren();
    branch(tree, [0], 1);
    open(tree.firstElementChild, true);
    stand(tree.firstElementChild, false);
  };
  const stop = listen(model, ["choices", "metric", "lines", "sources", "error"], draw);
  draw();
  return () => {
    stop();
    root.remove();
  };
}

export default { render };
