// Compiled libraries, loaded where the memory is saved (in Node) and where it is put back (in a browser).
/** Where the functions of libraries begin: browsers that can wait for promises in Python put one more before them. */
const FIRST = 1 << 14;

/** Load libraries before Python starts, so that memory and function table come out as they were when it was saved. */
export const load = async (module, libraries) => {
  module.wasmTable.grow(FIRST - module.wasmTable.length);
  for (const [path, code] of libraries) {
    const flags = { loadAsync: true, global: false, nodelete: true, allowUndefined: true };
    const exported = await module.loadWebAssemblyModule(code, flags, path, {});
    module.newDSO(path, undefined, exported).global = false;
    for (const [name, made] of Object.entries(exported)) if (name.startsWith("PyInit_")) module.addFunction(made, made.sig);
  }
};
