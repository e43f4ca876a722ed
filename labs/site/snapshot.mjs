// node snapshot.mjs SITE LOCK WORK NOTEBOOK: start Python once, import and run what the pages need, and save its memory.
import { readFileSync, writeFileSync } from "node:fs";

const [site, lockFile, work, notebook] = process.argv.slice(2);
const core = `${site}/pyodide/`;
const PLACE = "/lib/python3.14/site-packages/";
const read = (name) => new Uint8Array(readFileSync(name));
const source = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
const { loadPyodide } = await import(`${core}pyodide.mjs`);
const { load } = await import("./libraries.js");
const lock = JSON.parse(readFileSync(core + lockFile, "utf8"));
const told = { indexURL: core, packages: [], convertNullToNone: true, lockFileContents: { info: lock.info, packages: {} } };

/** The wheels' files, compiled, as one archive, and their compiled libraries by path. */
const compiled = async () => {
  const python = await loadPyodide(told);
  for (const { file_name: file } of Object.values(lock.packages))
    python.unpackArchive(read(core + file), "wheel", { extractDir: "/wheels" });
  python.FS.writeFile("/compile.py", source("compile.py"));
  python.runPython(`
    import sys; sys.path.insert(0, "/"); sys.path.insert(0, ".")
    from compile import pack
    from pathlib import Path
    pack(Path("/wheels"), "/pack.zip")
    libraries = [str(file) for file in sorted(Path("/wheels").rglob("*.so"))]`);
  const libraries = python.globals.get("libraries").toJs().map((path) => [path, python.FS.readFile(path)]);
  return [python.FS.readFile("/pack.zip"), libraries.map(([path, code]) => [PLACE + path.slice("/wheels/".length), code])];
};

/** Fill the free parts of memory with zeros, which take no room in an archive; `whileFull` runs before they are free again. */
const clean = (module, whileFull = () => {}) => {
  const held = [];
  const end = module._malloc(1 << 20);
  module._free(end);
  for (let size = 1 << 16; size >= 32; size >>= 1)
    for (let at = 0; at < end; ) {
      held.push((at = module._malloc(size)));
      if (at < end) module.HEAPU8.fill(0, at, at + size);
    }
  whileFull(end);
  for (const at of held) module._free(at);
};

/** Files that a page may read although all is imported: our own, and what the others say of themselves and keep as data. */
const KEPT = /^mlsysim(_widgets)?\/|\.dist-info\/(METADATA|entry_points\.txt)$|^plotly\/.*\.json$|^anywidget\/\w+\.js$|\.so$/;
const files = (FS) => {
  const kept = [];
  const walk = (folder) => {
    for (const name of FS.readdir(PLACE + folder).filter((name) => !/^\.|^__pycache__$/.test(name))) {
      const { mode } = FS.stat(PLACE + folder + name);
      if (FS.isDir(mode)) walk(`${folder}${name}/`);
      else if (KEPT.test(folder + name)) kept.push([folder + name, FS.readFile(PLACE + folder + name)]);
    }
  };
  walk("");
  const list = Buffer.from(JSON.stringify(kept.map(([name, content]) => [name, content.length])));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(list.length);
  return Buffer.concat([length, list, ...kept.map(([, content]) => content)]);
};

const [pack, libraries] = await compiled();
let kept;
const createPyodideModule = async (settings) => {
  settings.preRun.push(async (module) => {
    module.addRunDependency("libraries");
    await load(module, await Promise.all(libraries.map(async ([path, code]) => [path, await WebAssembly.compile(code)])));
    module.removeRunDependency("libraries");
  });
  kept = await (await import(`${core}pyodide.asm.mjs`)).default(settings);
  return kept;
};
const python = await loadPyodide({ ...told, _makeSnapshot: true, createPyodideModule });
python.unpackArchive(pack, "zip", { extractDir: PLACE });
for (const [path] of libraries) python.FS.writeFile(path, new Uint8Array(1)); // it is loaded: the name is enough
python.FS.writeFile("/lib/python3.14/snapshot.py", source("snapshot.py"));
python.FS.writeFile("/notebook.py", read(notebook));
console.log(python.runPython(`from snapshot import used; used("/notebook.py")`));
clean(kept, (end) => python.runPython(`from snapshot import blank; blank(${end})`));
clean(kept);
const saved = [["memory", python.makeMemorySnapshot()], ["files", files(python.FS)]];
saved.push(...libraries.map(([, code], index) => [`library${index}.wasm`, code]));
for (const [name, content] of saved) writeFileSync(`${work}/${name}`, content);
writeFileSync(`${core}rest.zip`, pack);
const file = (name) => [`${name}.zst`, saved.find(([other]) => other === name)[1].length];
const state = {
  heap: kept.HEAP8.length,
  table: kept.wasmTable.length,
  lock: lock.info,
  memory: file("memory"),
  files: file("files"),
  libraries: libraries.map(([path], index) => [path, file(`library${index}.wasm`)]),
};
writeFileSync(`${core}state.json`, JSON.stringify(state));
