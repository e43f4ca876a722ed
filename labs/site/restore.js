// Put back the memory of a Python that has imported all that the pages need, instead of starting Python and importing.
// Asked for as soon as marimo's worker runs; what it needs is fetched at once, and is used when marimo asks for Pyodide.
import { load } from "./libraries.js";
import { ZSTDDecoder } from "./zstddec.mjs";

const HERE = new URL("./", import.meta.url).href;
const SITE = "/lib/python3.14/site-packages/";
const EMPTY_ZIP = "data:application/zip;base64,UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==";

const decoder = new ZSTDDecoder();
const started = decoder.init();
const bytes = async ([name, size]) => {
  const answer = await fetch(HERE + name);
  if (!answer.ok) throw new Error(`${name}: the host says ${answer.status}`);
  const packed = new Uint8Array(await answer.arrayBuffer());
  await started;
  return decoder.decode(packed, size);
};

const state = fetch(HERE + "state.json").then((answer) => answer.json());
const memory = state.then(({ memory }) => bytes(memory));
const files = state.then(({ files }) => bytes(files));
const library = async ([path, file]) => [path, await WebAssembly.compile(await bytes(file))];
const libraries = state.then(({ libraries }) => Promise.all(libraries.map(library)));
for (const promise of [memory, files, libraries]) promise.catch(() => {}); // said where it is awaited

/** Write a pack into a file system: the length of its list, the list of names and sizes, the files. */
const unpack = (FS, pack, top = SITE) => {
  const length = new DataView(pack.buffer, pack.byteOffset).getUint32(0, true);
  const list = JSON.parse(new TextDecoder().decode(pack.subarray(4, 4 + length)));
  let at = 4 + length;
  for (const [name, size] of list) {
    FS.mkdirTree((top + name).replace(/\/[^/]*$/, ""));
    FS.writeFile(top + name, pack.subarray(at, at + size));
    at += size;
  }
};

/** What Pyodide's loader has to be told, beside what marimo tells it, to put the memory back. */
const options = async (told) => {
  const { heap, table, lock } = await state;
  const createPyodideModule = async (settings) => {
    const create = (await import("./pyodide.asm.mjs")).default;
    const compiled = await libraries;
    const standard = Promise.withResolvers();
    const first = settings.preRun[0];
    settings.preRun[0] = (module) => first(module).then(standard.resolve, standard.reject);
    settings.preRun.push(async (module) => {
      module.addRunDependency("restore");
      await standard.promise;
      module.FS.unlink("/lib/python314.zip"); // fetched if a module is asked for that the pages did not import
      module.FS.createLazyFile("/lib", "python314.zip", `${HERE}python_stdlib.zip`, true, false);
      await load(module, compiled);
      if (module.HEAP8.length < heap) module.growMemory(heap);
      module.restorable = module.wasmTable.length === table;
      module.removeRunDependency("restore");
    });
    const module = await create(settings);
    if (!module.restorable) throw new Error("this browser lays out its functions in another way");
    return module;
  };
  return {
    ...told, packages: [], stdLibURL: EMPTY_ZIP, createPyodideModule, lockFileURL: undefined,
    lockFileContents: { info: lock, packages: {} }, _loadSnapshot: memory, _snapshotDeserializer: (one) => one,
  };
};

/** Pyodide with its memory put back; `plain` is its own loader, which starts it anew where that fails. */
export const restored = async (plain, told) => {
  try {
    const pyodide = await plain(await options(told));
    unpack(pyodide.FS, await files);
    self.unpackRest = () => {
      const asked = new XMLHttpRequest();
      asked.open("GET", `${HERE}rest.zip`, false); // Python waits for a module
      asked.responseType = "arraybuffer";
      asked.send();
      pyodide.unpackArchive(asked.response, "zip", { extractDir: SITE });
    };
    pyodide.runPython("import snapshot; snapshot.woken()");
    return Object.assign(pyodide, { restored: true });
  } catch (error) {
    console.warn("restore: Python is started anew:", error);
    self.postMessage({ site: "anew" });
    return plain(told);
  }
};
