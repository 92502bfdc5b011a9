/*
 * One round of one group: both systems run each of its programs, in turns, so that what else the machine does hits both alike. While one
 * runs the other is idle, and idle guests of either system cost nothing. Who begins alternates.
 */

import type { Qemu } from "../support/qemu/index.js";
import { timeBoot } from "./boot.js";
import { makeDisk, removeDisk } from "./disk.js";
import { BOOT_PROGRAM, GROUPS, type GroupName, type Program } from "./groups.js";
import { Machine, MachineFailure, type Start } from "./machine.js";
import type { Results } from "./samples.js";
import { ours, type Parts, qemu, type SystemName } from "./systems.js";
import { runWasm } from "./wasm.js";

/** What the rounds need, made before the first. */
export interface Bench {
  readonly kernel: string;
  /** The root filesystem of the programs, and that of the embedded guest. */
  readonly initrd: string;
  readonly embeddedInitrd: string;
  readonly qemu: Qemu;
  /** rvb.wasm, where it could be compiled. */
  readonly wasm?: string;
}

type Report = (line: string) => void;

const SYSTEMS: readonly SystemName[] = ["ours", "qemu"];

/** Runs a group once and adds what it measured to `results`. Rejects with `MachineFailure`. */
export async function runGroup(
  bench: Bench,
  name: GroupName,
  round: number,
  results: Results,
  report: Report,
): Promise<void> {
  const { programs, wasm } = GROUPS[name];
  if (name === "boot") return runBoot(bench, round, results, report);
  await withMachines(bench, name, async (machines) => {
    for (const [index, program] of programs.entries()) {
      const seconds: Partial<Record<SystemName, number>> = {};
      for (const system of order(round + index)) {
        const { checksum, ...measured } = await runProgram(machines[system], program);
        seconds[system] = measured.seconds;
        results.add(name, program.name, system, measured.seconds, checksum);
      }
      report(told(program.name, seconds));
    }
  });
  if (wasm === undefined || bench.wasm === undefined) return;
  for (const { name: program, seconds, checksum } of await runWasm(bench.wasm, wasm)) {
    // Contracted multiply-adds of the guest's fp programs round otherwise.
    results.add(name, program, "wasm", seconds, name === "fp" ? undefined : checksum);
  }
}

async function runBoot(bench: Bench, round: number, results: Results, report: Report): Promise<void> {
  const parts: Parts = { kernel: bench.kernel, initrd: bench.embeddedInitrd };
  const starts = startsOf(bench, { ours: parts, qemu: parts });
  const seconds: Partial<Record<SystemName, number>> = {};
  for (const system of order(round)) {
    seconds[system] = await timeBoot(system, starts[system]);
    results.add("boot", BOOT_PROGRAM, system, seconds[system]);
  }
  report(told(BOOT_PROGRAM, seconds));
}

/** Calls `body` with both machines booted and waiting for commands; ends them after it. */
async function withMachines(
  bench: Bench,
  group: GroupName,
  body: (machines: Record<SystemName, Machine>) => Promise<void>,
): Promise<void> {
  const disks = GROUPS[group].disk ? { ours: makeDisk("ours"), qemu: makeDisk("qemu") } : undefined;
  const parts = (system: SystemName): Parts => ({
    kernel: bench.kernel,
    initrd: bench.initrd,
    ...(disks && { disk: disks[system] }),
  });
  const starts = startsOf(bench, { ours: parts("ours"), qemu: parts("qemu") });
  const machines = { ours: new Machine("ours", starts.ours), qemu: new Machine("qemu", starts.qemu) };
  try {
    for (const system of SYSTEMS) await machines[system].ready();
    await body(machines);
  } finally {
    for (const system of SYSTEMS) await machines[system].kill();
    for (const disk of Object.values(disks ?? {})) removeDisk(disk);
  }
}

async function runProgram(
  machine: Machine,
  { name, command, before, after }: Program,
): Promise<{ seconds: number; checksum: string }> {
  if (before !== undefined) await machine.run(before);
  const { measurements } = await machine.run(command);
  const measured = measurements.find((one) => one.name === name);
  if (measured === undefined) throw new MachineFailure(`${machine.name}: "${command}" did not measure ${name}`);
  if (after === undefined) return measured;
  const { said } = await machine.run(after);
  return { seconds: measured.seconds, checksum: [measured.checksum, ...said].join(" | ") };
}

function startsOf(bench: Bench, parts: Record<SystemName, Parts>): Record<SystemName, Start> {
  return { ours: ours(parts.ours), qemu: qemu(bench.qemu, parts.qemu) };
}

function order(turn: number): readonly SystemName[] {
  return turn % 2 === 0 ? SYSTEMS : [...SYSTEMS].reverse();
}

function told(program: string, seconds: Partial<Record<SystemName, number>>): string {
  const { ours = 0, qemu = 0 } = seconds;
  return `${program.padEnd(12)} ours ${ours.toFixed(3)} s, qemu ${qemu.toFixed(3)} s: ${(qemu / ours).toFixed(2)}`;
}
