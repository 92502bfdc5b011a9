import { expect, test } from "vitest";
import type { TableRow } from "./samples.js";
import { table } from "./table.js";

const ROWS: TableRow[] = [
  { group: "int", program: "sieve", ours: 0.4, qemu: 0.1, ratio: 0.25, wasm: 8.4 },
  { group: "int", program: "geomean", ours: 0.4, qemu: 0.1, ratio: 0.25, wasm: 8.4 },
  { group: "busybox", program: "bb_gzip", ours: 12.13, qemu: 3.9, ratio: 0.3215 },
  { group: "busybox", program: "geomean", ours: 12.13, qemu: 3.9, ratio: 0.3215 },
];

test("table() has a line per program and space between groups", () => {
  expect(table(ROWS).split("\n")).toEqual([
    "group    program  ours s  qemu s  ratio  wasm",
    "-------  -------  ------  ------  -----  ----",
    "int      sieve     0.400   0.100   0.25  8.40",
    "int      geomean   0.400   0.100   0.25  8.40",
    "",
    "busybox  bb_gzip    12.1   3.900   0.32",
    "busybox  geomean    12.1   3.900   0.32",
    "",
  ]);
});

test("table() has no column wasm when nothing ran there", () => {
  expect(table(ROWS.slice(2)).split("\n")[0]).toBe("group    program  ours s  qemu s  ratio");
});

test("table() has the kernels' columns, each with its seconds where ours are 1", () => {
  const numbers = { ours: 1, plain: 1.25, debian: 2.5, plainToOurs: 1.25, debianToOurs: 2.5 };
  const lines = table([{ group: "sys", program: "pipe", ...numbers }]).split("\n");
  expect([lines[0], lines[2]]).toEqual([
    "group  program  ours s  plain s  /ours  debian s  /ours",
    "sys    pipe      1.000    1.250   1.25     2.500   2.50",
  ]);
});

test("table() has v86's columns, and how much faster ours is in Chromium", () => {
  const numbers = { ours: 1, chromium: 1.25, chromiumToOurs: 1.25, x87: 20, sse2: 10, v86ToChromium: 8 };
  const lines = table([{ group: "fp", program: "fft", ...numbers }]).split("\n");
  expect([lines[0], lines[2]]).toEqual([
    "group  program  ours s  chromium s  /ours  x87 s  sse2 s  v86/chromium",
    "fp     fft       1.000       1.250   1.25   20.0    10.0          8.00",
  ]);
});

test("table() has Chromium's columns when something ran there, with dashes for what did not", () => {
  const [first, ...others] = ROWS;
  const lines = table([{ ...first!, chromium: 0.45, chromiumToOurs: 1.125 }, ...others]).split("\n");
  expect([lines[0], lines[2], lines[5]]).toEqual([
    "group    program  ours s  qemu s  ratio  wasm  chromium s  /ours",
    "int      sieve     0.400   0.100   0.25  8.40       0.450   1.13",
    "busybox  bb_gzip    12.1   3.900   0.32                 -      -",
  ]);
});
