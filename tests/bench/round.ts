/*
 * One round of one group: the systems run each of its programs, in turns, so that what else the machine does hits all alike. While one
 * runs the others are idle, and idle guests of any system cost nothing. Who starts, who begins and who follows whom alternates.
 *
 *     machines   ours, in Chromium too if asked, QEMU; and WebAssembly without a machine
 *     kernels    ours, ours without its cooperative drivers, Debian's; all on our machine
 *     pages      ours, in Chromium too; v86 in Chromium, with programs for the x87 and for SSE2
 */

import type { Qemu } from "../support/qemu/index.js";
import { timeBoot } from "./boot.js";
import type { DebianKernel } from "./debian-kernel.js";
import { firstDifference, makeDisk, removeDisk } from "./disk.js";
import { BOOT_PROGRAM, GROUPS, type GroupName, type Program, runsInChromium } from "./groups.js";
import { Machine, MachineFailure, type Start } from "./machine.js";
import type { Column, Results } from "./samples.js";
import { chromium, debian, ours, type Parts, plain, qemu, type SystemName, v86 } from "./systems.js";
import type { V86 } from "./v86-parts.js";
import { runWasm } from "./wasm.js";

/** What the rounds need, made before the first. */
export interface Bench {
  /** The root filesystem of the programs. */
  readonly initrd: string;
  /** The embedded guest's, for the group boot. */
  readonly embeddedInitrd: string;
  /** Our guest compiles nothing. */
  readonly noJit?: boolean;
  readonly against: Machines | Kernels | Pages;
}

/** The same kernel on other machines. */
export interface Machines {
  readonly kernel: string;
  readonly qemu: Qemu;
  /** rvb.wasm, where it could be compiled. */
  readonly wasm?: string;
  /** Chromium's version, where our guest is measured in it too. */
  readonly chromium?: string;
}

/** Other kernels on our machine. */
export interface Kernels {
  readonly plain: string;
  readonly debian: DebianKernel;
}

/** Our guest and v86's, in pages of Chromium. */
export interface Pages {
  readonly kernel: string;
  /** Its version. */
  readonly chromium: string;
  readonly v86: V86;
  /** The root filesystems of v86's guests. */
  readonly initrds: Readonly<Record<"x87" | "sse2", string>>;
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

function systemsOf({ against }: Bench, group: GroupName): readonly SystemName[] {
  if ("plain" in against) return ["ours", "plain", "debian"];
  if ("v86" in against) return ["ours", "chromium", "x87", "sse2"];
  const inChromium = against.chromium !== undefined && runsInChromium(group);
  return inChromium ? ["ours", "chromium", "qemu"] : ["ours", "qemu"];
}

/** Rejects with `MachineFailure` when a guest does not do what it should. */
export async function runRound(round: Round): Promise<void> {
  if (round.group === "boot") return runBoot(round);
  if (GROUPS[round.group].disk) await runOnDisks(round);
  else await runPrograms(round);
  await runLimit(round);
}

async function runBoot({ bench, group, number, results, report }: Round): Promise<void> {
  const systems = systemsOf(bench, group);
  const seconds: Seconds = new Map();
  for (const system of inTurn(systems, number)) {
    const took = await timeBoot(system, startOf(system, bench, { initrd: bench.embeddedInitrd }));
    seconds.set(system, took);
    results.add(group, BOOT_PROGRAM, system, took);
  }
  report(told(BOOT_PROGRAM, systems, seconds));
}

/** Each has an image of its own; all must be the same afterwards. */
async function runOnDisks(round: Round): Promise<void> {
  const disks = new Map(systemsOf(round.bench, round.group).map((system) => [system, makeDisk(system)]));
  try {
    await runPrograms(round, disks);
    const [first, ...others] = disks.values();
    for (const other of others) {
      const at = firstDifference(first!, other);
      if (at !== undefined) round.results.mismatches.push(`${round.group}: the disk images differ from byte ${at} on`);
    }
  } finally {
    for (const disk of disks.values()) removeDisk(disk);
  }
}

async function runPrograms(
  { bench, group, number, results, report }: Round,
  disks: ReadonlyMap<SystemName, string> = new Map(),
): Promise<void> {
  const systems = systemsOf(bench, group);
  const machines = new Map<SystemName, Machine>();
  try {
    for (const system of inTurn(systems, number)) {
      const disk = disks.get(system);
      const start = startOf(system, bench, { initrd: bench.initrd, ...(disk !== undefined && { disk }) });
      machines.set(system, new Machine(system, start));
    }
    for (const machine of machines.values()) await machine.ready();
    for (const [index, program] of GROUPS[group].programs.entries()) {
      const seconds: Seconds = new Map();
      for (const system of inTurn(systems, number + index)) {
        const measured = await runProgram(machines.get(system)!, program);
        seconds.set(system, measured.seconds);
        results.add(group, program.name, system, measured.seconds, checksumOf(group, system, measured.checksum));
      }
      report(told(program.name, systems, seconds));
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

async function runLimit({ bench: { against }, group, results }: Round): Promise<void> {
  const words = GROUPS[group].wasm;
  if (words === undefined || !("wasm" in against)) return;
  for (const { name, seconds, checksum } of await runWasm(against.wasm, words)) {
    results.add(group, name, "wasm", seconds, checksumOf(group, "wasm", checksum));
  }
}

/** Contracted multiply-adds of our guest's fp programs round otherwise than those of other processors, and these not alike either. */
function checksumOf(group: GroupName, column: Column, checksum: string): string | undefined {
  return group === "fp" && ["wasm", "x87", "sse2"].includes(column) ? undefined : checksum;
}

function startOf(system: SystemName, bench: Bench, files: Pick<Parts, "initrd" | "disk">): Start {
  const { against, noJit } = bench;
  const parts = { ...files, ...(noJit === true && { noJit }) };
  if ("plain" in against) {
    if (system === "plain") return plain({ ...parts, kernel: against.plain });
    if (system === "debian") {
      const { kernel, initrds } = against.debian;
      return debian({ ...parts, kernel, initrd: initrds[files.initrd]! });
    }
    return ours(parts);
  }
  const { kernel } = against;
  if ("v86" in against && (system === "x87" || system === "sse2"))
    return v86(against.v86, { initrd: against.initrds[system] });
  if ("qemu" in against && system === "qemu") return qemu(against.qemu, { ...parts, kernel });
  return system === "ours" ? ours(parts) : chromium({ ...parts, kernel });
}

/**
 * Each begins once, and then once in the other direction: what a system's compilers still do when it has ended falls into the time of the next, which must not
 * always be the same one.
 */
function inTurn(systems: readonly SystemName[], turn: number): readonly SystemName[] {
  const first = turn % systems.length;
  const order = [...systems.slice(first), ...systems.slice(0, first)];
  return Math.floor(turn / systems.length) % 2 === 0 ? order : order.reverse();
}

/** As in the results: the last beside the first, or the faster v86 beside ours in Chromium. */
function ratio(systems: readonly SystemName[], seconds: Seconds): number {
  const of = (system: SystemName) => seconds.get(system)!;
  if (systems.includes("sse2")) return Math.min(of("x87"), of("sse2")) / of("chromium");
  return of(systems.at(-1)!) / of(systems[0]!);
}

function told(program: string, systems: readonly SystemName[], seconds: Seconds): string {
  const each = systems.map((system) => `${system} ${seconds.get(system)!.toFixed(3)} s`);
  return `${program.padEnd(12)} ${each.join(", ")}: ${ratio(systems, seconds).toFixed(2)}`;
}
