/*
 * The benchmark: our guest, on Node and in Chromium, beside qemu-system-riscv64 with the same kernel and root filesystem; in Chromium beside
 * v86; or our kernel beside others on our machine. Timed from outside.
 *
 *     arguments -> build, peers, rvb, initramfs -> rounds of groups (round.ts) -> table on stdout, JSON
 *
 * setup.mjs bundles this file and calls `benchmark`. Progress and errors go to stderr.
 */

import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { run } from "../../kernels/command.js";
import { requirePackages } from "../../kernels/debian/host.js";
import {
  ensureInitramfs as ensureEmbedded,
  ensureKernel,
  explain,
  type Progress,
  ProgressBoard,
} from "../../kernels/index.js";
import { kernelRecipe } from "../../kernels/linux/recipe.js";
import { CHROMIUM } from "../support/chromium.js";
import { ensureQemu } from "../support/qemu/index.js";
import { type Asked, readArguments, USAGE, UsageError } from "./arguments.js";
import { ensureDebianKernel } from "./debian-kernel.js";
import { GROUPS } from "./groups.js";
import { ensureInitramfs } from "./guest.js";
import { MachineFailure } from "./machine.js";
import { withNpmOptions } from "./npm-options.js";
import { type Bench, type Kernels, type Machines, type Pages, runRound } from "./round.js";
import { tryRvbWasm } from "./rvb.js";
import { Results, toJson } from "./samples.js";
import { table } from "./table.js";
import { GUEST, SSE2, X87 } from "./targets.js";
import { ensureV86 } from "./v86-parts.js";

const EXIT_WRONG = 1;
const EXIT_USAGE = 2;

/** Runs the benchmark for the words of the command line and returns the exit code. `build` makes colinux; it is called once. */
export async function benchmark(args: readonly string[], build: () => Promise<void>): Promise<number> {
  try {
    const asked = readArguments(withNpmOptions(args, process.env, (word) => Object.hasOwn(GROUPS, word)));
    if (!asked.help) return await measure(asked, build);
    process.stdout.write(USAGE);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) return fail(error.message, EXIT_USAGE);
    const text = error instanceof MachineFailure ? error.message : explain(error);
    if (text === undefined) throw error;
    return fail(text, EXIT_WRONG);
  }
}

async function measure(asked: Asked, build: () => Promise<void>): Promise<number> {
  await build();
  const bench = await prepare(asked);
  const results = new Results();
  const load = loadavg()[0]!;
  const report = (line: string) => say(`  ${line}`);
  for (let number = 0; number < asked.rounds; number++) {
    for (const group of asked.groups) {
      say(`round ${number + 1} of ${asked.rounds}: ${group}`);
      await runRound({ bench, group, number, results, report });
    }
  }
  const rows = results.rows();
  process.stdout.write(`${table(rows)}\n${circumstances(bench, asked, load)}\n`);
  if (asked.json !== undefined) writeFileSync(asked.json, toJson(rows));
  for (const mismatch of results.mismatches) say(mismatch);
  return results.mismatches.length === 0 ? 0 : EXIT_WRONG;
}

/** What the rounds need; made at once where it is missing. */
async function prepare(asked: Asked): Promise<Bench> {
  const board = new ProgressBoard(process.stderr);
  try {
    const progress = board.task("bench");
    const { image: kernel } = await ensureKernel(progress);
    const { cpio: embeddedInitrd } = await ensureEmbedded(progress);
    const initrd = await ensureInitramfs(GUEST, progress);
    const against = asked.kernels
      ? await prepareKernels([initrd, embeddedInitrd], progress)
      : asked.v86
        ? await preparePages(kernel, progress)
        : await prepareMachines(kernel, asked, progress);
    return { initrd, embeddedInitrd, against, ...(asked.noJit === true && { noJit: true }) };
  } finally {
    board.close();
  }
}

async function prepareMachines(kernel: string, { chromium }: Asked, progress: Progress): Promise<Machines> {
  const inChromium = chromium === true ? { chromium: await ensureChromium(progress) } : {};
  const qemu = await ensureQemu(progress);
  const wasm = await tryRvbWasm(progress);
  return { kernel, qemu, ...inChromium, ...(wasm !== undefined && { wasm }) };
}

async function prepareKernels(initrds: readonly string[], progress: Progress): Promise<Kernels> {
  const { image: plain } = await ensureKernel(progress, kernelRecipe("plain"));
  return { plain, debian: await ensureDebianKernel(initrds, progress) };
}

async function preparePages(kernel: string, progress: Progress): Promise<Pages> {
  const chromium = await ensureChromium(progress);
  const initrds = { x87: await ensureInitramfs(X87, progress), sse2: await ensureInitramfs(SSE2, progress) };
  return { kernel, chromium, v86: await ensureV86(progress), initrds };
}

/** Its version. Rejects with a Failure that says what to install. */
async function ensureChromium(progress: Progress): Promise<string> {
  await requirePackages([CHROMIUM], "measure in Chromium", progress);
  const said = await run(CHROMIUM.what, ["--version"]);
  return /[\d.]+/.exec(said)?.[0] ?? said.trim();
}

function circumstances({ against, noJit }: Bench, { rounds }: Asked, load: number): string {
  const host = `${cpus().length} x ${cpus()[0]?.model.trim() ?? process.arch}, load ${load.toFixed(1)} before and ${loadavg()[0]!.toFixed(1)} after`;
  const how = `Medians of ${rounds === 1 ? "1 round" : `${rounds} rounds`} on Node ${process.versions.node}; ${peer(against)}.${noJit ? " Ours without JIT." : ""}`;
  return `${how} ${explained(against)}\n${host}.`;
}

function peer(against: Bench["against"]): string {
  if ("plain" in against) return `Debian's kernel is ${against.debian.version}`;
  if ("v86" in against) return `v86 ${against.v86.version} with Linux ${against.v86.kernelVersion}`;
  return `QEMU ${against.qemu.version}`;
}

/** What the columns say. */
function explained(against: Bench["against"]): string {
  if ("plain" in against)
    return "plain: our kernel without its cooperative drivers. /ours: their seconds where ours are 1.";
  if ("v86" in against)
    return `x87, sse2: v86, with programs that compute by these. v86/chromium: the faster of both, where Chromium's seconds (${against.chromium}) are 1. /ours: Chromium's where Node's are 1.`;
  const { chromium, wasm } = against;
  const there = chromium === undefined ? "" : ` /ours: Chromium's seconds (${chromium}) where Node's are 1.`;
  return `ratio: our speed where QEMU's is 1${wasm === undefined ? "" : "; wasm: that of the same program without a machine"}.${there}`;
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

function fail(text: string, exitCode: number): number {
  say(text);
  return exitCode;
}
