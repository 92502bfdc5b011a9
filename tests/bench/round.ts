/*
 * One round of one group: the systems run each of its programs, in turns, so that what else the machine does hits all alike. While one
 * runs the others are idle, and idle guests of any system cost nothing. Who begins alternates.
 *
 *     machines   ours, in Chromium too if asked, QEMU; and WebAssembly without a machine
 *     kernels    ours, ours without its cooperative drivers, Debian's; all on our machine
 *
 * Chromium gets the programs only: its guests have no disks, and their boot is mostly Chromium's own start.
 */

import type { Qemu } from "../support/qemu/index.js";
import { timeBoot } from "./boot.js";
import type { DebianKernel } from "./debian-kernel.js";
import { firstDifference, makeDisk, removeDisk } from "./disk.js";
import { BOOT_PROGRAM, GROUPS, type GroupName, type Program } from "./groups.js";
import { Machine, MachineFailure, type Start } from "./machine.js";
import type { Results } from "./samples.js";
import { chromium, debian, ours, type Parts, plain, qemu, type SystemName } from "./systems.js";
import { runWasm } from "./wasm.js";

/** What the rounds need, made before the first. */
export interface Bench {
  /** The root filesystem of the programs. */
  readonly initrd: string;
  /** The embedded guest's, for the group boot. */
  readonly embeddedInitrd: string;
  /** Our guest compiles nothing. */
  readonly noJit?: boolean;
  readonly against: Machines | Kernels;
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

/** Who is measured: the first is ours, the last is what it is compared with. */
function systemsOf({ against }: Bench, group: GroupName): readonly SystemName[] {
  if ("plain" in against) return ["ours", "plain", "debian"];
  const inChromium = against.chromium !== undefined && group !== "boot" && !GROUPS[group].disk;
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
    for (const system of systems) {
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
        results.add(group, program.name, system, measured.seconds, measured.checksum);
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
  if (words === undefined || "plain" in against || against.wasm === undefined) return;
  for (const { name, seconds, checksum } of await runWasm(against.wasm, words)) {
    // Contracted multiply-adds of the guest's fp programs round otherwise.
    results.add(group, name, "wasm", seconds, group === "fp" ? undefined : checksum);
  }
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
  if (system === "qemu") return qemu(against.qemu, { ...parts, kernel });
  return system === "ours" ? ours(parts) : chromium({ ...parts, kernel });
}

function inTurn(systems: readonly SystemName[], turn: number): readonly SystemName[] {
  const first = turn % systems.length;
  return [...systems.slice(first), ...systems.slice(0, first)];
}

function told(program: string, systems: readonly SystemName[], seconds: Seconds): string {
  const each = systems.map((system) => `${system} ${seconds.get(system)!.toFixed(3)} s`);
  const ratio = seconds.get(systems.at(-1)!)! / seconds.get(systems[0]!)!;
  return `${program.padEnd(12)} ${each.join(", ")}: ${ratio.toFixed(2)}`;
}
