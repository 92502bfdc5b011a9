/*
 * `--stats`: what the machine did since its last boot, as a table for people.
 */

import type { MachineStatistics } from "../common/index.js";

type Row = readonly [name: string, value: string, note?: string];

/** What the counters mean, where their names do not say it. */
const OPERATION_NOTES: Readonly<Record<string, string>> = {
  budget: "the end of a run",
  idle: "nothing to do",
  notify: "a request to a device",
  module: "code was compiled",
};
const EXIT_NOTES: Readonly<Record<string, string>> = {
  access: "TLB misses, devices",
  float: "results that may raise a flag, rare instructions",
  system: "CSRs, fences, calls and returns of the kernel",
};

/** Lines of text; counters that are zero and need not be seen are left out. */
export function statisticsLines(statistics: MachineStatistics): string[] {
  const { jit } = statistics;
  return [
    "What the machine did since its last boot:",
    ...table([...timeRows(statistics), ...(jit.modules + jit.refusals > 0 ? jitRows(statistics) : [])]),
    "TLB misses",
    ...table(counterRows(statistics.tlbMisses)),
    "World switches",
    ...table(counterRows(statistics.operations, OPERATION_NOTES)),
  ];
}

function timeRows({ retiredInsns, guestMs, wallMs, runMs, jit }: MachineStatistics): Row[] {
  const compiled = jit.modules === 0 ? "all interpreted" : `${percent(jit.compiledInsns, retiredInsns)} compiled`;
  return [
    ["instructions", count(retiredInsns), compiled],
    ["speed", `${(ratio(retiredInsns, runMs) / 1000).toFixed(1)} MIPS`, "while it ran"],
    ["running", seconds(runMs), percent(runMs, wallMs)],
    ["wall time", seconds(wallMs)],
    ["guest time", seconds(guestMs)],
  ];
}

function jitRows({ jit }: MachineStatistics): Row[] {
  const each = jit.entries === 0 ? "" : `${Math.round(jit.compiledInsns / jit.entries)} instructions each`;
  const refused: Row[] = jit.refusals > 0 ? [["modules refused", count(jit.refusals)]] : [];
  const exits = counterRows(jit.exits, EXIT_NOTES).map(([name, ...rest]): Row => [`left for ${name}`, ...rest]);
  return [
    [
      "modules",
      count(jit.modules),
      `${seconds(jit.moduleMs)} to instantiate them, ${jit.moduleMaxMs.toFixed(1)} ms at most`,
    ],
    ...refused,
    ["module bytes", count(jit.moduleBytes)],
    ["units", count(jit.units), `given up ${jit.flushes} times`],
    ["units entered", count(jit.entries), each],
    ...exits,
  ];
}

function counterRows(counters: Readonly<Record<string, number>>, notes: Readonly<Record<string, string>> = {}): Row[] {
  return Object.entries(counters)
    .filter(([, value]) => value > 0)
    .map(([name, value]) => [name, count(value), notes[name] ?? ""]);
}

const NAME_WIDTH = 18;
const VALUE_WIDTH = 18;

function table(rows: readonly Row[]): string[] {
  return rows.map(([name, value, note = ""]) =>
    `  ${name.padEnd(NAME_WIDTH)}${value.padStart(VALUE_WIDTH)}  ${note}`.trimEnd(),
  );
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}

function percent(part: number, whole: number): string {
  return `${(100 * ratio(part, whole)).toFixed(1)} %`;
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
