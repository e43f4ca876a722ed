// Before marimo's worker: tell the page which files are asked for and have come, and what went wrong unseen.
{
  const { fetch, console } = self;
  const { warn, error } = console;
  const tell = (site, name, why) => self.postMessage({ site, name, why });
  self.fetch = async (...all) => {
    const name = new URL(all[0]?.url ?? all[0], self.location).pathname.split("/").pop();
    tell("asked", name);
    try {
      const answer = await fetch(...all);
      if (answer.ok) tell("came", name);
      else tell("lost", name, `the host says ${answer.status}`);
      return answer;
    } catch (fault) {
      tell("lost", name, fault.message);
      throw fault;
    }
  };
  console.error = (...all) => {
    error.apply(console, all);
    tell("failed", "console", all.map((one) => one?.message ?? String(one)).join(" "));
  };
  // Python's event loop prints an exception that nobody awaits as a heading and lines, one call each
  let last;
  console.warn = (...all) => {
    warn.apply(console, all);
    const text = String(all[0]);
    if (text.startsWith("Unhandled exception in event loop")) last = "";
    else if (last !== undefined && /^\s*$/.test(text) && /^\w+(\.\w+)*(:|$)/.test(last)) {
      tell("failed", "loop", last);
      last = undefined;
    } else if (last !== undefined) last = text;
  };
  import("../pyodide/restore.js"); // begins to fetch what Python needs before marimo asks for it
}
