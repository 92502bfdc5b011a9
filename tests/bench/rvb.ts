/*
 * The benchmark's own program, rvb, compiled for guests and, where clang is there, for WebAssembly. Kept in the cache by the hash of
 * its sources.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot, hashOf, kernelsRoot, publish } from "../../kernels/cache.js";
import { run } from "../../kernels/command.js";
import { requirePackages } from "../../kernels/debian/host.js";
import { Failure } from "../../kernels/failure.js";
import type { Progress } from "../../kernels/progress.js";
import type { Target } from "./targets.js";

/** Raise it when the commands below make another program. */
const BUILD_VERSION = "2";
const FLAGS = ["-O2", "-Wall", "-Wextra"];
/**
 * A loop that crosses a page takes QEMU and us ten times as long as one that does not, the more so with an instruction that is in both pages.
 * Where the linker puts it would be luck, and another luck for each processor and after each change of rvb.
 */
const ALIGNED = "-falign-functions=256";
const PARTS = ["main.c", "int.c", "mem.c", "fp.c", "code.c", "sys.c", "io.c"];
const BANKS = 16;

/** The folder of this project's own benchmark files. */
export function benchRoot(): string {
  return join(kernelsRoot(), "../tests/bench");
}

function sources(): string {
  return join(benchRoot(), "rvb");
}

function cached(name: string): string {
  const files = readdirSync(sources()).sort();
  const hash = hashOf([BUILD_VERSION, ...files.flatMap((file) => [file, readFileSync(join(sources(), file))])]);
  return join(cacheRoot(), "bench", `rvb-${hash}`, name);
}

/** Path of rvb for a target, compiled when the cache does not have it. Rejects with a Failure. */
export async function ensureRvb({ name, tools, flags, needs }: Target, progress: Progress): Promise<string> {
  const program = join(cached(name), "rvb");
  if (existsSync(program)) return program;
  await requirePackages(needs, "compile the benchmark", progress);
  progress.step(`compiling rvb for ${name}, which takes half a minute`);
  await publish(cached(name), async (dir) => {
    const gcc = (...args: string[]) => run(`${tools}gcc`, [...FLAGS, ...flags, ...args], { cwd: dir });
    await gcc("-c", "-o", "bank0.o", join(sources(), "functions.c"));
    const banks = Array.from({ length: BANKS }, (_, n) => `bank${n}`);
    for (const bank of banks.slice(1))
      await run(`${tools}objcopy`, ["--redefine-sym", `bank0=${bank}`, "bank0.o", `${bank}.o`], { cwd: dir });
    const parts = PARTS.map((name) => join(sources(), name));
    await gcc(ALIGNED, "-static", "-s", "-o", "rvb", ...parts, ...banks.map((bank) => `${bank}.o`), "-lm");
  });
  return program;
}

/** Path of rvb.wasm; undefined when the machine lacks what that takes. */
export async function tryRvbWasm(progress: Progress): Promise<string | undefined> {
  const program = join(cached("wasm"), "rvb.wasm");
  if (existsSync(program)) return program;
  progress.status("compiling rvb to WebAssembly");
  try {
    await publish(cached("wasm"), async (dir) => {
      const parts = [...PARTS, "functions.c"].map((name) => join(sources(), name));
      await run("clang", [
        "--target=wasm32-wasi",
        ...FLAGS,
        "-DONE_BANK",
        "-o",
        join(dir, "rvb.wasm"),
        ...parts,
        "-lm",
      ]);
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    progress.step("no column wasm: that takes Debian's packages clang, lld, wasi-libc, libclang-rt-dev-wasm32");
    return undefined;
  }
  return program;
}
