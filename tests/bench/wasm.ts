/*
 * The limit: the same programs straight in WebAssembly, compiled by V8 without a machine in between.
 *
 * V8's first compiler is switched off. A program of rvb is one long call, which V8 would not replace while it runs.
 */

import { join } from "node:path";
import { kernelsRoot } from "../../kernels/cache.js";
import { start } from "../../kernels/command.js";
import { type Line, LineCutter, type Measurement, readReply } from "./lines.js";

/** Runs the rvb at `path` with `words`, in a process of its own. */
export async function runWasm(path: string, words: readonly string[]): Promise<readonly Measurement[]> {
  const runner = join(kernelsRoot(), "../dist/tests/bench/wasi.js");
  const child = start(process.execPath, ["--no-liftoff", runner, path, ...words], { stdio: ["ignore", "pipe", 2] });
  const cutter = new LineCutter();
  const lines: Line[] = [];
  child.stdout!.setEncoding("utf8").on("data", (text: string) => lines.push(...cutter.add(text, performance.now())));
  const code = await new Promise((done) => child.on("close", done));
  if (code !== 0) throw new Error(`rvb.wasm ended with exit code ${code}`);
  return readReply(lines).measurements;
}
