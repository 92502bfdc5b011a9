/*
 * One round of one group: both systems run each of its programs, in turns, so that what else the machine does hits both alike. While one
 * runs the other is idle, and idle guests of either system cost nothing. Who begins alternates.
 */

import type { Qemu } from "../support/qemu/index.js";
import { timeBoot } from "./boot.js";
import { firstDifference, makeDisk, removeDisk } from "./disk.js";
import { BOOT_PROGRAM, GROUPS, type GroupName, type Program } from "./groups.js";
import { Machine, MachineFailure } from "./machine.js";
import type { Results } from "./samples.js";
import { ours, type Parts, qemu, type SystemName } from "./systems.js";
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
}

export interface Round {
  readonly bench: Bench;
  readonly group: GroupName;
  /** From 0. */
  readonly number: number;
  /** Where what is measured goes. */
  readonly results: Results;
  /** Told of each program that both have run. */
  readonly report: (line: string) => void;
}

type OfBoth<T> = Readonly<Record<SystemName, T>>;

const SYSTEMS: readonly SystemName[] = ["ours", "qemu"];

/** Rejects with `MachineFailure` when a guest does not do what it should. */
export async function runRound(round: Round): Promise<void> {
  if (round.group === "boot") return runBoot(round);
  if (GROUPS[round.group].disk) await runOnDisks(round);
  else await runPrograms(round);
  await runLimit(round);
}

async function runBoot({ bench, group, number, results, report }: Round): Promise<void> {
  const parts: Parts = { ...bench, initrd: bench.embeddedInitrd };
  const starts = { ours: ours(parts), qemu: qemu(bench.qemu, parts) };
  const seconds = { ours: 0, qemu: 0 };
  for (const system of order(number)) {
    seconds[system] = await timeBoot(system, starts[system]);
    results.add(group, BOOT_PROGRAM, system, seconds[system]);
  }
  report(told(BOOT_PROGRAM, seconds));
}

/** Each has an image of its own; both must be the same afterwards. */
async function runOnDisks(round: Round): Promise<void> {
  const disks = { ours: makeDisk("ours"), qemu: makeDisk("qemu") };
  try {
    await runPrograms(round, disks);
    const at = firstDifference(disks.ours, disks.qemu);
    if (at !== undefined) round.results.mismatches.push(`${round.group}: the disk images differ from byte ${at} on`);
  } finally {
    for (const system of SYSTEMS) removeDisk(disks[system]);
  }
}

async function runPrograms({ bench, group, number, results, report }: Round, disks?: OfBoth<string>): Promise<void> {
  const parts = (system: SystemName): Parts => ({ ...bench, ...(disks && { disk: disks[system] }) });
  const machines = {
    ours: new Machine("ours", ours(parts("ours"))),
    qemu: new Machine("qemu", qemu(bench.qemu, parts("qemu"))),
  };
  try {
    for (const system of SYSTEMS) await machines[system].ready();
    for (const [index, program] of GROUPS[group].programs.entries()) {
      const seconds = { ours: 0, qemu: 0 };
      for (const system of order(number + index)) {
        const measured = await runProgram(machines[system], program);
        seconds[system] = measured.seconds;
        results.add(group, program.name, system, measured.seconds, measured.checksum);
      }
      report(told(program.name, seconds));
    }
  } finally {
    for (const system of SYSTEMS) await machines[system].kill();
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

function order(turn: number): readonly SystemName[] {
  return turn % 2 === 0 ? SYSTEMS : [...SYSTEMS].reverse();
}

function told(program: string, { ours, qemu }: OfBoth<number>): string {
  return `${program.padEnd(12)} ours ${ours.toFixed(3)} s, qemu ${qemu.toFixed(3)} s: ${(qemu / ours).toFixed(2)}`;
}
