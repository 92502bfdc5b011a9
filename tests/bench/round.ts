/*
 * One round of one group: the systems run each of its programs, in turns, so that what else the machine does hits all alike. While one
 * runs the others are idle, and idle guests of any system cost nothing. Who begins alternates.
 *
 * Chromium gets the programs only: its guests have no disks, and their boot is mostly Chromium's own start.
 */

import type { Qemu } from "../support/qemu/index.js";
import { timeBoot } from "./boot.js";
import { firstDifference, makeDisk, removeDisk } from "./disk.js";
import { BOOT_PROGRAM, GROUPS, type GroupName, type Program } from "./groups.js";
import { Machine, MachineFailure, type Start } from "./machine.js";
import type { Results } from "./samples.js";
import { chromium, ours, type Parts, qemu, type SystemName } from "./systems.js";
import { runWasm } from "./wasm.js";

/** What the rounds need, made before the first. */
export interface Bench {
  readonly kernel: string;
  /** The root filesystem of the programs. */
  readonly initrd: string;
  /** The embedded guest's, for the group boot. */
  readonly embeddedInitrd: string;
  readonly qemu: Qemu;
  /** rvb.wasm, where it could be compiled. */
  readonly wasm?: string;
  /** Our guest compiles nothing. */
  readonly noJit?: boolean;
  /** Chromium's version, where our guest is measured in it too. */
  readonly chromium?: string;
}

export interface Round {
  readonly bench: Bench;
  readonly group: GroupName;
  /** From 0. */
  readonly number: number;
  /** Where what is measured goes. */
  readonly results: Results;
  /** Told of each program that all have run. */
  readonly report: (line: string) => void;
}

type Seconds = Map<SystemName, number>;

const BOTH = ["ours", "qemu"] as const;
const ALL = ["ours", "chromium", "qemu"] as const;

/** Rejects with `MachineFailure` when a guest does not do what it should. */
export async function runRound(round: Round): Promise<void> {
  if (round.group === "boot") return runBoot(round);
  if (GROUPS[round.group].disk) await runOnDisks(round);
  else await runPrograms(round, round.bench.chromium === undefined ? BOTH : ALL);
  await runLimit(round);
}

async function runBoot({ bench, group, number, results, report }: Round): Promise<void> {
  const parts: Parts = { ...bench, initrd: bench.embeddedInitrd };
  const seconds: Seconds = new Map();
  for (const system of inTurn(BOTH, number)) {
    const took = await timeBoot(system, startOf(system, bench, parts));
    seconds.set(system, took);
    results.add(group, BOOT_PROGRAM, system, took);
  }
  report(told(BOOT_PROGRAM, seconds));
}

/** Each has an image of its own; both must be the same afterwards. */
async function runOnDisks(round: Round): Promise<void> {
  const disks = { ours: makeDisk("ours"), qemu: makeDisk("qemu") };
  try {
    await runPrograms(round, BOTH, disks);
    const at = firstDifference(disks.ours, disks.qemu);
    if (at !== undefined) round.results.mismatches.push(`${round.group}: the disk images differ from byte ${at} on`);
  } finally {
    for (const system of BOTH) removeDisk(disks[system]);
  }
}

async function runPrograms(
  { bench, group, number, results, report }: Round,
  systems: readonly SystemName[],
  disks: Partial<Record<SystemName, string>> = {},
): Promise<void> {
  const machines = new Map<SystemName, Machine>();
  try {
    for (const system of systems) {
      const disk = disks[system];
      const parts: Parts = { ...bench, ...(disk !== undefined && { disk }) };
      machines.set(system, new Machine(system, startOf(system, bench, parts)));
    }
    for (const machine of machines.values()) await machine.ready();
    for (const [index, program] of GROUPS[group].programs.entries()) {
      const seconds: Seconds = new Map();
      for (const system of inTurn(systems, number + index)) {
        const measured = await runProgram(machines.get(system)!, program);
        seconds.set(system, measured.seconds);
        results.add(group, program.name, system, measured.seconds, measured.checksum);
      }
      report(told(program.name, seconds));
    }
  } finally {
    for (const machine of machines.values()) await machine.kill();
  }
}

async function runProgram(
  machine: Machine,
  { name, command, after }: Program,
): Promise<{ seconds: number; checksum: string }> {
  const { measurements } = await machine.run(command);
  const measured = measurements.find((one) => one.name === name);
  if (measured === undefined) throw new MachineFailure(`${machine.name}: "${command}" did not measure ${name}`);
  if (after === undefined) return measured;
  const { said } = await machine.run(after);
  return { seconds: measured.seconds, checksum: [measured.checksum, ...said].join(" | ") };
}

async function runLimit({ bench, group, results }: Round): Promise<void> {
  const words = GROUPS[group].wasm;
  if (words === undefined || bench.wasm === undefined) return;
  for (const { name, seconds, checksum } of await runWasm(bench.wasm, words)) {
    // Contracted multiply-adds of the guest's fp programs round otherwise.
    results.add(group, name, "wasm", seconds, group === "fp" ? undefined : checksum);
  }
}

function startOf(system: SystemName, bench: Bench, parts: Parts): Start {
  if (system === "qemu") return qemu(bench.qemu, parts);
  return system === "ours" ? ours(parts) : chromium(parts);
}

function inTurn(systems: readonly SystemName[], turn: number): readonly SystemName[] {
  const first = turn % systems.length;
  return [...systems.slice(first), ...systems.slice(0, first)];
}

function told(program: string, seconds: Seconds): string {
  const each = ALL.flatMap((system) => {
    const took = seconds.get(system);
    return took === undefined ? [] : [`${system} ${took.toFixed(3)} s`];
  });
  return `${program.padEnd(12)} ${each.join(", ")}: ${(seconds.get("qemu")! / seconds.get("ours")!).toFixed(2)}`;
}
