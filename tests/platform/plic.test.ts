/*
 * The PLIC: priorities, enables, thresholds, claim and complete, for M-mode's context 0 and S-mode's context 1 [PLIC 1.0].
 *
 * Level-triggered sources are made by virtio slots: slot s raises 1 + s, and holds it until its interrupt is acknowledged.
 */

import { beforeEach, describe, expect, test } from "vitest";
import { INTERRUPT_USED, PLIC_PA, SLOT_BYTES, SLOT_DEVICE_ID, SLOTS_PTR, VIRTIO_PA } from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import { CSR } from "../support/assembler.js";
import { Bus } from "../support/bus.js";
import { CODE_PA, Hart, INTERRUPT, PRIV_M, PRIV_S, PRIV_U } from "../support/hart.js";

const hart = new Hart();
const bus = new Bus(hart);

const priority = (source: number, value: number) => bus.write32(PLIC_PA + source * 4, value);
const enable = (context: number, word: number, bits: number) =>
  bus.write32(PLIC_PA + 0x2000 + context * 0x80 + word * 4, bits);
const threshold = (context: number, value: number) => bus.write32(PLIC_PA + 0x20_0000 + context * 0x1000, value);
const claim = (context: number) => bus.read32(PLIC_PA + 0x20_0004 + context * 0x1000);
const complete = (context: number, source: number) => bus.write32(PLIC_PA + 0x20_0004 + context * 0x1000, source);
const pending = (word = 0) => bus.read32(PLIC_PA + 0x1000 + word * 4);
const raise = (slot: number) => hart.core.raise(slot, INTERRUPT_USED);
const acknowledge = (slot: number) => bus.write32(VIRTIO_PA + slot * 0x1000 + 0x64, INTERRUPT_USED);
const MEIP = 1n << 11n;
const SEIP = 1n << 9n;
const external = () => hart.csr(CSR.mip) & (MEIP | SEIP);

beforeEach(() => {
  hart.start();
  for (let slot = 0; slot < 8; slot++) hart.view.setUint32(SLOTS_PTR + slot * SLOT_BYTES + SLOT_DEVICE_ID, 2, true);
});

describe("PLIC", () => {
  test("registers hold what is written: priorities, enables, thresholds", () => {
    for (const source of [1, 10, 47, 95]) {
      priority(source, 5);
      expect(bus.read32(PLIC_PA + source * 4)).toBe(5);
    }
    for (const context of [0, 1]) {
      enable(context, 0, 0xffff_fffe);
      expect(bus.read32(PLIC_PA + 0x2000 + context * 0x80)).toBe(0xffff_fffe);
      enable(context, 1, 0x1234_5678);
      expect(bus.read32(PLIC_PA + 0x2004 + context * 0x80)).toBe(0x1234_5678);
      threshold(context, 3);
      expect(bus.read32(PLIC_PA + 0x20_0000 + context * 0x1000)).toBe(3);
    }
  });

  test("source 0 has no priority and cannot be enabled", () => {
    priority(0, 7);
    expect(bus.read32(PLIC_PA)).toBe(0);
    enable(0, 0, 1);
    raise(0);
    expect(claim(0)).toBe(0);
  });

  test("a source must be pending, enabled and above the threshold to raise its context's line", () => {
    raise(0);
    expect([pending() & 2, external()]).toEqual([2, 0n]);
    priority(1, 1);
    expect(external()).toBe(0n);
    enable(0, 0, 2);
    expect(external()).toBe(MEIP);
    threshold(0, 1);
    expect(external()).toBe(0n);
    priority(1, 2);
    expect(external()).toBe(MEIP);
    priority(1, 0);
    threshold(0, 0);
    expect(external()).toBe(0n);
  });

  test("context 0 is M-mode's line, context 1 S-mode's", () => {
    priority(1, 1);
    enable(1, 0, 2);
    raise(0);
    expect(external()).toBe(SEIP);
    enable(0, 0, 2);
    expect(external()).toBe(SEIP | MEIP);
    enable(1, 0, 0);
    expect(external()).toBe(MEIP);
  });

  test.each([0, 1])("context %i claims and completes: a claimed source is silent until then", (context) => {
    priority(1, 1);
    enable(context, 0, 2);
    raise(0);
    expect(claim(context)).toBe(1);
    expect([external(), pending() & 2, claim(context)]).toEqual([0n, 0, 0]);
    // Still raised: it comes again when it is completed.
    complete(context, 1);
    expect(external()).not.toBe(0n);
    expect(claim(context)).toBe(1);
    acknowledge(0);
    complete(context, 1);
    expect([external(), claim(context)]).toEqual([0n, 0]);
  });

  test("claim gives the highest priority first, then the lowest number", () => {
    for (const [source, value] of [
      [1, 2],
      [2, 7],
      [3, 7],
      [4, 3],
    ] as const) {
      priority(source, value);
    }
    enable(1, 0, 0x1e);
    for (const slot of [0, 1, 2, 3]) raise(slot);
    expect([claim(1), claim(1), claim(1), claim(1), claim(1)]).toEqual([2, 3, 4, 1, 0]);
  });

  test("claim ignores the threshold [PLIC 9]", () => {
    priority(1, 1);
    enable(1, 0, 2);
    threshold(1, 7);
    raise(0);
    expect(external()).toBe(0n);
    expect(claim(1)).toBe(1);
  });

  test("completing a source that the context does not enable is ignored", () => {
    priority(1, 1);
    enable(1, 0, 2);
    raise(0);
    expect(claim(1)).toBe(1);
    complete(0, 1);
    expect(external()).toBe(0n);
    complete(1, 1);
    expect(external()).toBe(SEIP);
  });

  test("an interrupt that both contexts enable is claimed by one of them", () => {
    priority(1, 1);
    enable(0, 0, 2);
    enable(1, 0, 2);
    raise(0);
    expect(claim(0)).toBe(1);
    expect([claim(1), external()]).toEqual([0, 0n]);
  });

  test("a source above 31 works like one below", () => {
    hart.view.setUint32(SLOTS_PTR + 8 * SLOT_BYTES + SLOT_DEVICE_ID, 2, true);
    priority(32, 1);
    enable(1, 1, 1);
    raise(8);
    expect([pending(1), external()]).toEqual([1, SEIP]);
    expect(claim(1)).toBe(32);
  });

  test("a raise reaches a delegated handler in S-mode and wakes it from U-mode", () => {
    priority(1, 1);
    enable(1, 0, 2);
    hart.setCsr(CSR.mideleg, 0x222).setCsr(CSR.mie, 0x200);
    hart.place(CODE_PA, asm.label("loop"), asm.j("loop"));
    hart.enter(PRIV_U, CODE_PA).run(5);
    expect(hart.priv).toBe(PRIV_U);
    raise(0);
    hart.run(5);
    expect(hart.trap()).toMatchObject({ priv: PRIV_S, cause: INTERRUPT | 9n });
  });

  test("a raise wakes the hart from wfi", () => {
    priority(1, 1);
    enable(0, 0, 2);
    hart.setCsr(CSR.mie, 0x800);
    const p = hart.place(CODE_PA, asm.csrsi(CSR.mstatus, 8), asm.wfi(), asm.label("next"), asm.nop());
    hart.run(10);
    raise(0);
    hart.run(10);
    expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause: INTERRUPT | 11n, epc: p.at("next") });
  });

  test("software's SEIP is or-ed with the PLIC's [priv 3.1.9]", () => {
    hart.setCsr(CSR.mip, 0x200);
    expect(external()).toBe(SEIP);
    priority(1, 1);
    enable(1, 0, 2);
    raise(0);
    // A read-modify-write of mip must not latch the PLIC's line into software's bit.
    hart.setCsr(CSR.mip, 0);
    hart.step(asm.csrsi(CSR.mip, 2));
    expect(external()).toBe(SEIP);
    expect(claim(1)).toBe(1);
    expect(external()).toBe(0n);
  });
});
