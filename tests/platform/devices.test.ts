/*
 * The small devices: test finisher, goldfish real-time clock, pvpanic, and the holes between devices.
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as abi from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import { a0, a1 } from "../support/assembler.js";
import { Bus } from "../support/bus.js";
import { Hart } from "../support/hart.js";

const hart = new Hart();
const bus = new Bus(hart);
const parameters = () => [hart.passage32(abi.PASSAGE_P0), hart.passage32(abi.PASSAGE_P1)];
beforeEach(() => {
  hart.start();
});

describe("test finisher", () => {
  test("0x5555 ends the guest with code 0", () => {
    expect(bus.write32(abi.FINISHER_PA, 0x5555)).toBe(abi.OP_STOP);
    expect(parameters()).toEqual([abi.STOP_POWEROFF, 0]);
  });

  test("(code << 16) | 0x3333 ends it with a failure and the code", () => {
    expect(bus.write32(abi.FINISHER_PA, 0x002a_3333)).toBe(abi.OP_STOP);
    expect(parameters()).toEqual([abi.STOP_FAILURE, 42]);
  });

  test("0x7777 reboots", () => {
    expect(bus.write32(abi.FINISHER_PA, 0x7777)).toBe(abi.OP_STOP);
    expect(parameters()[0]).toBe(abi.STOP_REBOOT);
  });

  test("other values do nothing", () => {
    expect(bus.write32(abi.FINISHER_PA, 0x1234)).toBe(abi.OP_BUDGET);
  });
});

describe("real-time clock", () => {
  const wall = () => BigInt(bus.read32(abi.RTC_PA)) | (BigInt(bus.read32(abi.RTC_PA + 4)) << 32n);
  const TICK_NS = 100n;

  test("tells wall time in nanoseconds, the low word latching the high one", () => {
    hart.setPassage(abi.PASSAGE_WALL, 1_700_000_000_000_000_000n);
    const ticks = hart.passage(abi.PASSAGE_TIME) + 50n;
    hart.setPassage(abi.PASSAGE_NOW, ticks);
    expect(wall()).toBe(1_700_000_000_000_000_000n + ticks * TICK_NS);
  });

  test("an alarm in the past interrupts at once where it is enabled, and is cleared", () => {
    const pending = () => (bus.read32(abi.PLIC_PA + 0x1000) >>> abi.RTC_IRQ) & 1;
    bus.write32(abi.RTC_PA + 0x10, 1);
    const soon = wall() + 10_000n;
    bus.write32(abi.RTC_PA + 0x0c, Number(soon >> 32n));
    bus.write32(abi.RTC_PA + 0x08, Number(soon & 0xffff_ffffn));
    expect([bus.read32(abi.RTC_PA + 0x18), pending()]).toEqual([1, 0]);
    hart.setPassage(abi.PASSAGE_NOW, hart.passage(abi.PASSAGE_TIME) + 200n);
    bus.read32(abi.RTC_PA);
    expect(pending()).toBe(1);
    bus.write32(abi.RTC_PA + 0x1c, 1);
    expect(bus.read32(abi.RTC_PA + 0x18)).toBe(0);
  });
});

describe("pvpanic", () => {
  test("a write reports the event", () => {
    expect(bus.read8(abi.PVPANIC_PA) & 1).toBe(1);
    expect(bus.write8(abi.PVPANIC_PA, 1)).toBe(abi.OP_PANIC);
    expect(parameters()[0]).toBe(1);
  });
});

describe("holes of the memory map", () => {
  test("loads and stores to them are access faults", () => {
    for (const pa of [0x0, 0x1000_0000 - 8, 0x3000_0000, 0x4000_0000, 0x7fff_fff8]) {
      hart.x[a1] = BigInt(pa);
      expect([pa, hart.step(asm.lw(a0, 0, a1)), hart.trap().cause]).toEqual([pa, false, 5n]);
      expect([pa, hart.step(asm.sw(a0, 0, a1)), hart.trap().cause]).toEqual([pa, false, 7n]);
    }
  });

  test("code cannot be fetched from devices", () => {
    for (const pa of [abi.UART_PA, abi.PLIC_PA, abi.VIRTIO_PA, abi.ACLINT_PA]) {
      hart.pc = pa;
      hart.run(1);
      expect(hart.trap()).toMatchObject({ cause: 1n, epc: BigInt(pa), tval: BigInt(pa) });
    }
  });

  test("LR, SC and AMOs on devices are access faults", () => {
    hart.x[a1] = BigInt(abi.PLIC_PA + 4);
    expect([hart.step(asm.lr_w(a0, a1)), hart.trap().cause]).toEqual([false, 5n]);
    expect([hart.step(asm.amoadd_w(a0, a0, a1)), hart.trap().cause]).toEqual([false, 7n]);
  });
});
