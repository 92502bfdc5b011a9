import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { RAM_PA, UART_PA } from "../../assembly/abi.js";
import { bootLocal } from "../../host-js/common/boot-local.js";
import type { ColinuxError, Machine, MachineOptions, StopReason } from "../../host-js/common/index.js";
import { NodeEnvironment } from "../../host-js/node/environment.js";
import {
  a0,
  a1,
  a6,
  a7,
  beqz,
  ecall,
  type Item,
  j,
  label,
  lb,
  lbu,
  li,
  program,
  sb,
  t0,
  t1,
  wfi,
} from "../support/assembler.js";
import { FakeStorage, MIB } from "./fakes.js";
import { cpio, linuxImage } from "./files.js";

const SBI_DBCN = 0x4442_434e;
const SBI_SRST = 0x5352_5354;
const SHUTDOWN = 0;
const COLD_REBOOT = 1;

/** Guests of a few instructions, speaking SBI and UART. */
const call = (extension: number, fid: number): Item[] => [...li(a7, extension), ...li(a6, fid), ecall()];
const print = (text: string): Item[] =>
  [...text].map((character) => [...li(a0, character.charCodeAt(0)), ...call(SBI_DBCN, 2)]);
const reset = (type: number): Item[] => [...li(a0, type), ...li(a1, 0), ...call(SBI_SRST, 0)];
const sleep: Item[] = [label("sleep"), wfi(), j("sleep")];

const guest = (...items: Item[]) => linuxImage({ code: new Uint8Array(program(RAM_PA + 0x20_0040, ...items).bytes) });

/** Reboots once: the first boot leaves a mark in RAM, which a reset does not touch. */
const rebootsOnce = guest(
  print("boot\n"),
  li(t0, RAM_PA + MIB),
  lbu(t1, 0, t0),
  sb(t0, 0, t0),
  li(t1, RAM_PA + MIB),
  lb(t1, 1, t0),
  beqz(t1, "first"),
  reset(SHUTDOWN),
  label("first"),
  li(t1, 1),
  sb(t1, 1, t0),
  reset(COLD_REBOOT),
);

let core: WebAssembly.Module;
beforeAll(async () => {
  core = await WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
});

const options = (kernel: Uint8Array, more: Partial<MachineOptions> = {}): MachineOptions => ({
  environment: new NodeEnvironment(),
  core,
  kernel,
  ramBytes: 16 * MIB,
  ...more,
});

async function runToEnd(machine: Machine): Promise<{ reason: StopReason; text: string }> {
  let text = "";
  for await (const chunk of machine.console.output as unknown as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
  }
  return { reason: await machine.stopped, text };
}

describe("bootLocal()", () => {
  it("runs a guest to its poweroff, with its console as a stream", async () => {
    const machine = await bootLocal(options(guest(print("hello\n"), reset(SHUTDOWN))));
    expect(await runToEnd(machine)).toEqual({ reason: { kind: "poweroff" }, text: "hello\n" });
    expect((await machine.statistics()).operations.stop).toBe(1);
    expect((await machine.statistics()).retiredInsns).toBeGreaterThan(20);
  });

  it("boots again when the guest reboots, with the same disks and the same console", async () => {
    const disk = new FakeStorage(512);
    const machine = await bootLocal(options(rebootsOnce, { disks: [disk] }));
    expect(await runToEnd(machine)).toEqual({ reason: { kind: "poweroff" }, text: "boot\nboot\n" });
    expect(disk.closed).toBe(1);
    // Statistics begin anew.
    expect((await machine.statistics()).operations.stop).toBe(1);
  });

  it("ends with the reboot under noReboot", async () => {
    const machine = await bootLocal(options(rebootsOnce, { noReboot: true }));
    expect(await runToEnd(machine)).toEqual({ reason: { kind: "reboot" }, text: "boot\n" });
  });

  it("kill() stops a sleeping guest and closes the disks, once", async () => {
    const disk = new FakeStorage(512);
    const machine = await bootLocal(options(guest(sleep), { disks: [undefined, disk] }));
    await Promise.all([machine.kill(), machine.kill()]);
    expect(await machine.stopped).toEqual({ kind: "killed" });
    await machine.kill();
    expect(disk.closed).toBe(1);
  });

  it("kill() stops a guest that never rests", async () => {
    const machine = await bootLocal(options(guest(label("loop"), j("loop"))));
    await machine.kill();
    expect(await machine.stopped).toEqual({ kind: "killed" });
  });

  it("kill() stops a guest that is held because nobody reads its console", async () => {
    const talks = guest(li(t0, UART_PA), label("loop"), sb(t0, 0, t0), j("loop"));
    const machine = await bootLocal(options(talks));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await machine.kill();
    expect(await machine.stopped).toEqual({ kind: "killed" });
  });

  it("tells the user of a disk that cannot be closed, and stops all the same", async () => {
    const reports: string[] = [];
    const disk = new FakeStorage(512);
    disk.close = () => {
      throw new Error("out of paper");
    };
    const report = (text: string) => reports.push(text);
    const machine = await bootLocal(options(guest(reset(SHUTDOWN)), { disks: [disk], report }));
    expect(await machine.stopped).toEqual({ kind: "poweroff" });
    expect(reports).toEqual(["A disk could not be closed: out of paper"]);
  });

  it("resize() refuses sizes that no console has", async () => {
    const machine = await bootLocal(options(guest(sleep)));
    expect(() => machine.console.resize(0, 24)).toThrow("0 columns");
    expect(() => machine.console.resize(80, 65_536)).toThrow("65536 rows");
    machine.console.resize(132, 43);
    await machine.kill();
  });

  const refused: [string, Partial<MachineOptions>, string][] = [
    ["too little memory", { ramBytes: 8 * MIB }, "ram-size"],
    ["too much memory", { ramBytes: 4096 * MIB }, "ram-size"],
    ["memory that is no whole MiB", { ramBytes: 64 * MIB + 1 }, "ram-size"],
    ["memory that is no number", { ramBytes: Number.NaN }, "ram-size"],
    ["33 disks", { disks: Array.from({ length: 33 }, () => new FakeStorage(512)) }, "disk-count"],
    ["a disk of odd size", { disks: [new FakeStorage(1000)] }, "disk-size"],
    ["an empty disk", { disks: [new FakeStorage(0)] }, "disk-size"],
    ["a console without rows", { console: { columns: 80, rows: 0 } }, "console-size"],
    ["an empty kernel", { kernel: new Uint8Array(0) }, "kernel-empty"],
    ["a kernel larger than memory", { kernel: linuxImage({ imageBytes: 20 * MIB }) }, "ram-too-small"],
    ["an empty initrd", { initrd: new Uint8Array(0) }, "initrd-empty"],
    ["an initrd larger than memory", { initrd: cpio({ big: "x".repeat(12 * MIB) }) }, "ram-too-small"],
  ];
  it.each(refused)("refuses %s and leaves the disks to the caller", async (_, more, code) => {
    const error: ColinuxError = await bootLocal(options(guest(sleep), more)).then(
      () => expect.fail("it booted"),
      (thrown) => thrown,
    );
    expect(error.name).toBe("ColinuxError");
    expect(error.code).toBe(code);
    expect((more.disks ?? []).every((disk) => (disk as FakeStorage).closed === 0)).toBe(true);
  });

  it("refuses a core of another version", async () => {
    const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const error = await bootLocal(options(guest(sleep), { core: empty })).catch((thrown) => thrown);
    expect(error.code).toBe("core-version");
  });
});
