// Run the core's tests inside Pyodide under Node, with no network: node run.mjs build/pyodide [pytest's arguments]
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const cache = resolve(process.argv[2]);
globalThis.fetch = (url) => Promise.reject(new Error(`no network in this test: ${url}`));

try {
  const { loadPyodide } = await import(pathToFileURL(`${cache}/package/pyodide.mjs`));
  const python = await loadPyodide({ indexURL: `${cache}/package/` });
  const mounts = { "/repo": resolve(here, "../.."), "/site": `${cache}/site-packages`, "/pycache": `${cache}/pycache` };
  for (const [inside, outside] of Object.entries(mounts)) {
    python.FS.mkdirTree(inside);
    python.mountNodeFS(inside, outside);
  }
  python.FS.chdir("/repo");
  python.runPython(readFileSync(`${here}/inside.py`, "utf8"));
  process.exitCode = python.globals.get("main")(...process.argv.slice(3));
} catch (error) {
  console.error(error.message); // not its stack: node would print a megabyte of minified source with it
  process.exitCode = 1;
}
