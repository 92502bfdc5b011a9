/*
 * The agent, compiled for the guest: one static program, kept in the cache by the hash of its recipe.
 *
 *     recipe -> cached?  yes: that is all
 *               no: musl from Debian -> gcc, as for the kernel -> stripped -> cache
 */

import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheRoot, publish } from "../cache.js";
import { attempt } from "../command.js";
import { download } from "../debian/download.js";
import { APT_NEEDS, type Need, requirePackages } from "../debian/host.js";
import { unpack } from "../debian/unpack.js";
import { Failure } from "../failure.js";
import { type Progress, silent } from "../progress.js";
import { ARCHITECTURE, SUITE } from "../rootfs/recipe.js";
import { agentRecipe, COMPILER_FLAGS, MUSL, type Recipe } from "./recipe.js";

const native = process.arch === "riscv64";
const COMPILER = native ? "gcc" : "riscv64-linux-gnu-gcc";
const NEEDS: readonly Need[] = [...APT_NEEDS, { what: COMPILER, package: native ? "gcc" : "gcc-riscv64-linux-gnu" }];

/** Where its parts lie in the package. */
const INCLUDE = "usr/include/riscv64-linux-musl";
const LIB = "usr/lib/riscv64-linux-musl";

/** The agent in the cache. */
export interface AgentProgram {
  readonly path: string;
  /** The packages that are linked into it, one `name version` a line. */
  readonly packages: string;
}

/** The agent of the present recipe if it has been made. Costs a few milliseconds and no network. */
export function findAgent(recipe: Recipe = agentRecipe()): AgentProgram | undefined {
  const dir = join(cacheRoot(), "agent", recipe.hash);
  const path = join(dir, "colinux-agent");
  return existsSync(path) ? { path, packages: readFileSync(join(dir, "packages"), "utf8") } : undefined;
}

/** The agent, made when the cache does not have it. Rejects with a Failure. */
export async function ensureAgent(progress: Progress = silent): Promise<AgentProgram> {
  const recipe = agentRecipe();
  const found = findAgent(recipe);
  if (found !== undefined) return found;
  await requirePackages(NEEDS, "make the agent", progress);
  const files = await download([MUSL], { suite: SUITE, architecture: ARCHITECTURE, progress });
  progress.status("compiling the agent");
  const tree = await mkdtemp(join(tmpdir(), "colinux-agent-"));
  try {
    await unpack(
      files.map((file) => file.path),
      tree,
    );
    const program = await compile(recipe, tree);
    const { size } = await stat(program);
    await publish(join(cacheRoot(), "agent", recipe.hash), async (dir) => {
      await writeFile(join(dir, "packages"), files.map(({ name, version }) => `${name} ${version}\n`).join(""));
      await copyFile(program, join(dir, "colinux-agent"));
    });
    progress.step(`made the agent, ${Math.ceil(size / 1000)} KB`);
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
  return findAgent(recipe)!;
}

/** Compiles it in the folder that musl was unpacked into; returns the program's path. */
async function compile({ sources }: Recipe, tree: string): Promise<string> {
  for (const { name, data } of sources) await writeFile(join(tree, name), data);
  const program = join(tree, "colinux-agent");
  const lib = (name: string) => join(tree, LIB, name);
  const args = [
    ...COMPILER_FLAGS,
    // musl's headers instead of the compiler's C library.
    "-nostdinc",
    ...["-isystem", join(tree, INCLUDE)],
    ...["-static", "-no-pie", "-nostdlib", "-nostartfiles", "-s", "-Wl,--gc-sections", "-Wl,--build-id=none"],
    ...["-o", program, lib("crt1.o"), lib("crti.o")],
    ...sources.filter(({ name }) => name.endsWith(".c")).map(({ name }) => join(tree, name)),
    ...["-Wl,--start-group", lib("libc.a"), "-lgcc", "-Wl,--end-group", lib("crtn.o")],
  ];
  const { status, stderr } = await attempt(COMPILER, args);
  if (status === 0) return program;
  const reason = stderr.split("\n").find((line) => /error|undefined/.test(line)) ?? stderr.trim();
  throw new Failure("BUILD_FAILED", `The agent does not compile: ${reason}`);
}
