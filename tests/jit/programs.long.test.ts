/*
 * Whole programs in lockstep: the benchmark's guest does its work, once interpreted and once compiled, and the hart is in the same state all the time and the
 * memory often. What the programs print says that they were right.
 */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { ensureKernel, silent } from "../../kernels/index.js";
import { writeCpio } from "../../kernels/rootfs/cpio.js";
import { ensureInitramfs } from "../bench/guest.js";
import { GUEST } from "../bench/targets.js";
import { Execution, type LinuxFiles } from "../differential/execution.js";
import { describeDivergence, type LockstepOptions, lockstep } from "../differential/lockstep.js";

const RAM_BYTES = 160 << 20;
/** Of what the benchmark does at its factor 1. */
const SCALE = 0.02;
/** More than it takes. */
const INSTRUCTIONS_MAX = 20_000_000_000;

/** The checksums of rvb at that factor, compiled for and run on another architecture. */
const CHECKSUMS: Readonly<Record<string, string>> = {
  sieve: "00000000000059d8",
  sha256: "0000000038f51d67",
  crc32: "00000000a922e011",
  qsort: "00000000847a93d1",
  lz: "0000000000012284",
  hash: "0000000013800c6f",
  vm: "0000000003be809b",
  imatmul: "000000035fba235c",
  mix64: "503fd2c80b6dd6f4",
  fib: "0000000000013d1c",
  cold: "00000000ccbf95e5",
  tepid: "00000000ccbf95e5",
  icall: "00000000b1cb3633",
  memcpy_big: "00000000247fd693",
  memcpy_mis: "0000000027cc02c1",
  memcpy_48: "0000000029f0a820",
  memset_big: "0000000076efddc5",
  chase_16k: "0000000000000410",
  chase_16m: "000000000014be20",
  triad: "00000000ac90cadb",
  alias: "0000a00067160000",
  nbody: "0000000000000011",
  dmatmul: "000000000001a29d",
  mandel: "0000000000022894",
  fft: "00000000000000e1",
};

/** What busybox says to the same text there. */
const SAID = [
  "gzip returns what it got",
  "bzip2 returns what it got",
  "sha256 3fd1c9d12579653f953233ee5fb4df9ea7b637ada8a3307e33eebfc38beaec04  -",
  "sorted dbe2dbf8a62dc5a2f40c693f41f9336e  -",
  "words 31770, 4538.571429",
  "lines 1334",
  "power 749218516",
  "counted to 3000",
  "processes sum to 210",
  "work done",
];

let core: WebAssembly.Module;
let files: LinuxFiles;

beforeAll(async () => {
  core = await WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
  const [{ image }, guest] = [await ensureKernel(), await ensureInitramfs(GUEST, silent)];
  const script = readFileSync(new URL("guest/work.sh", import.meta.url));
  const work = writeCpio([{ path: "init", kind: "file", mode: 0o755, data: script }]);
  // What comes later takes the place of what came before; it begins at a multiple of 4.
  const first = readFileSync(guest);
  const padding = Buffer.alloc(-first.length & 3);
  files = {
    kernel: readFileSync(image),
    initrd: Buffer.concat([first, padding, work]),
    words: `SCALE=${SCALE}`,
  };
}, 600_000);

/** Runs the guest's work twice, in slices and with thresholds (0 = interpreted) of their own. */
async function sameTwice(
  [first, second]: readonly [Way, Way],
  limits: Pick<LockstepOptions, "interval" | "memoryInterval">,
): Promise<void> {
  let compiling: Execution | undefined;
  const result = await lockstep({
    first: () => Execution.linux(core, files, RAM_BYTES, first.slice, first.threshold),
    second: async () => (compiling = await Execution.linux(core, files, RAM_BYTES, second.slice, second.threshold)),
    instructions: INSTRUCTIONS_MAX,
    ...limits,
  });
  expect(result.divergence === undefined ? "" : describeDivergence(result.divergence)).toBe("");
  expectRight(result.text);
  const share = compiling!.compiled / result.instructions;
  console.log(`programs: ${result.instructions} instructions, ${(100 * share).toFixed(1)} % compiled`);
  expect(share).toBeGreaterThan(0.5);
}

interface Way {
  readonly slice: number;
  readonly threshold: number;
}

function expectRight(text: string): void {
  const sums = [...text.matchAll(/^@R (\w+) (\w+) .* (\w+)\r$/gm)].flatMap(([, name, group, sum]) =>
    group === "sys" ? [] : [[name, sum]],
  );
  expect(Object.fromEntries(sums)).toEqual(CHECKSUMS);
  const lines = text.split("\r\n");
  for (const group of ["int", "fp", "code", "sys", "mem"]) expect(lines).toContain(`group ${group}`);
  expect(lines.filter((line) => SAID.includes(line))).toEqual(SAID);
}

describe("the benchmark's programs and busybox", { timeout: 1_800_000 }, () => {
  test.each([1, 50, 2000])("do compiled what they do interpreted, at threshold %i", (threshold) =>
    sameTwice(
      [
        { slice: 1 << 20, threshold: 0 },
        { slice: 1 << 20, threshold },
      ],
      { interval: 50_021, memoryInterval: 20_000_000 },
    ),
  );

  test("do the same whatever is compiled when", () =>
    sameTwice(
      [
        { slice: 1 << 30, threshold: 7 },
        { slice: 77_777, threshold: 400 },
      ],
      { interval: INSTRUCTIONS_MAX, memoryInterval: INSTRUCTIONS_MAX },
    ));
});
