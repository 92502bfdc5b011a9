/*
 * The register file of the virtio transport over mmio [virtio 4.2.2], and the operations it gives control back with.
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as abi from "../../assembly/abi.js";
import { Bus } from "../support/bus.js";
import { Hart } from "../support/hart.js";

const hart = new Hart();
const bus = new Bus(hart);
const SLOT = 3;
const BASE = abi.VIRTIO_PA + SLOT * 0x1000;
const AREA = abi.SLOTS_PTR + SLOT * abi.SLOT_BYTES;
const read = (offset: number) => bus.read32(BASE + offset);
const write = (offset: number, value: number) => bus.write32(BASE + offset, value);
const host32 = (offset: number) => hart.view.getUint32(AREA + offset, true);
const host64 = (offset: number) => hart.view.getBigUint64(AREA + offset, true);
const parameters = () => [abi.PASSAGE_P0, abi.PASSAGE_P1, abi.PASSAGE_P2].map((p) => hart.passage32(p));

beforeEach(() => {
  hart.start();
  hart.view.setUint32(AREA + abi.SLOT_DEVICE_ID, 2, true);
  hart.view.setBigUint64(AREA + abi.SLOT_DEVICE_FEATURES, 0x1_2000_0244n, true);
  hart.view.setUint32(AREA + abi.SLOT_QUEUE_COUNT, 2, true);
  hart.view.setUint32(AREA + abi.SLOT_CONFIG_BYTES, 24, true);
  for (const queue of [0, 1]) {
    hart.view.setUint32(AREA + abi.SLOT_QUEUE + queue * abi.QUEUE_BYTES + abi.QUEUE_NUM_MAX, 256 >> queue, true);
  }
  for (let i = 0; i < 24; i++) hart.view.setUint8(AREA + abi.SLOT_CONFIG + i, 0x10 + i);
});

describe("identity", () => {
  test("magic, version 2, device and vendor", () => {
    expect([read(0x00), read(0x04), read(0x08), read(0x0c)]).toEqual([0x7472_6976, 2, 2, 0x554d_4551]);
  });

  test("an empty slot has device id 0, on every slot of the board", () => {
    hart.start();
    hart.view.setUint32(AREA + abi.SLOT_DEVICE_ID, 0, true);
    for (let slot = 0; slot < abi.SLOT_COUNT; slot++) {
      const base = abi.VIRTIO_PA + slot * 0x1000;
      expect([bus.read32(base), bus.read32(base + 8)]).toEqual([0x7472_6976, 0]);
    }
  });
});

describe("features", () => {
  test("the device's features are read by halves", () => {
    write(0x14, 0);
    expect(read(0x10)).toBe(0x2000_0244);
    write(0x14, 1);
    expect(read(0x10)).toBe(1);
    write(0x14, 2);
    expect(read(0x10)).toBe(0);
  });

  test("the driver's features are written by halves", () => {
    write(0x24, 0);
    write(0x20, 0x204);
    write(0x24, 1);
    write(0x20, 1);
    expect(host64(abi.SLOT_DRIVER_FEATURES)).toBe(0x1_0000_0204n);
  });

  test("a third half is ignored", () => {
    write(0x24, 2);
    write(0x20, 0xffff_ffff);
    expect(host64(abi.SLOT_DRIVER_FEATURES)).toBe(0n);
  });
});

describe("status", () => {
  test("a write is an operation and reads back", () => {
    write(0x70, 1);
    expect(bus.operation).toBe(abi.OP_STATUS);
    expect([...parameters().slice(0, 2), read(0x70)]).toEqual([SLOT, 1, 1]);
    write(0x70, 3);
    expect([read(0x70), host32(abi.SLOT_STATUS)]).toEqual([3, 3]);
  });

  test("0 resets the transport: status, interrupts, queues", () => {
    write(0x70, 7);
    write(0x30, 1);
    write(0x38, 64);
    write(0x44, 1);
    hart.core.raise(SLOT, abi.INTERRUPT_USED);
    write(0x70, 0);
    expect(bus.operation).toBe(abi.OP_STATUS);
    expect(parameters().slice(0, 2)).toEqual([SLOT, 0]);
    write(0x30, 1);
    expect([read(0x70), read(0x60), read(0x44)]).toEqual([0, 0, 0]);
  });
});

describe("queues", () => {
  test("each has its size, addresses and ready bit", () => {
    for (const queue of [0, 1]) {
      write(0x30, queue);
      expect(read(0x34)).toBe(256 >> queue);
      write(0x38, 128 >> queue);
      for (const [i, offset] of [0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4].entries())
        write(offset, 0x8000_0000 + queue * 0x100 + i * 16);
      expect(read(0x44)).toBe(0);
      write(0x44, 1);
      expect(read(0x44)).toBe(1);
    }
    for (const queue of [0, 1]) {
      const at = abi.SLOT_QUEUE + queue * abi.QUEUE_BYTES;
      const address = (i: number) =>
        (BigInt(0x8000_0010 + queue * 0x100 + i * 32) << 32n) + BigInt(0x8000_0000 + queue * 0x100 + i * 32);
      expect([host32(at + abi.QUEUE_NUM), host32(at + abi.QUEUE_READY)]).toEqual([128 >> queue, 1]);
      expect(host64(at + abi.QUEUE_DESC)).toBe(address(0));
      expect(host64(at + abi.QUEUE_DRIVER)).toBe(address(1));
      expect(host64(at + abi.QUEUE_DEVICE)).toBe(address(2));
    }
  });

  test("a queue that the device lacks has size 0 and takes nothing", () => {
    for (const queue of [2, 15, 16, 1000, 0xffff_ffff]) {
      write(0x30, queue);
      expect(read(0x34)).toBe(0);
      write(0x38, 4);
      write(0x44, 1);
      expect(read(0x44)).toBe(0);
    }
    // Nothing was written beside the slot's queues.
    expect(hart.view.getUint32(AREA + abi.SLOT_CONFIG, true)).toBe(0x1312_1110);
  });

  test("a notify is an operation, and notes slot and queue", () => {
    write(0x70, 0xf);
    expect(write(0x50, 1)).toBe(abi.OP_NOTIFY);
    expect(hart.view.getBigUint64(abi.PASSAGE_PTR + abi.PASSAGE_NOTIFIED, true)).toBe(1n << BigInt(SLOT));
    expect(host32(abi.SLOT_NOTIFIED)).toBe(0b10);
  });

  test("notifying a queue that is not there does no harm", () => {
    write(0x70, 0xf);
    write(0x50, 77);
    write(0x50, 0xffff_ffff);
    expect(read(0x00)).toBe(0x7472_6976);
  });
});

describe("interrupts", () => {
  test("raise() sets bits that the driver reads and acknowledges", () => {
    hart.core.raise(SLOT, abi.INTERRUPT_USED);
    expect(read(0x60)).toBe(1);
    hart.core.raise(SLOT, abi.INTERRUPT_CONFIG);
    expect(read(0x60)).toBe(3);
    write(0x64, 1);
    expect(read(0x60)).toBe(2);
    write(0x64, 2);
    expect(read(0x60)).toBe(0);
  });

  test("the PLIC's source is pending until all bits are acknowledged", () => {
    const pending = () => (bus.read32(abi.PLIC_PA + 0x1000) >>> (1 + SLOT)) & 1;
    hart.core.raise(SLOT, 3);
    expect(pending()).toBe(1);
    write(0x64, 1);
    expect(pending()).toBe(1);
    write(0x64, 2);
    hart.core.raise(SLOT, 0);
    expect(read(0x60)).toBe(0);
  });
});

describe("configuration space", () => {
  test("is read in any width", () => {
    expect(bus.read8(BASE + 0x101)).toBe(0x11);
    expect(bus.read16(BASE + 0x102)).toBe(0x1312);
    expect(bus.read32(BASE + 0x104)).toBe(0x1716_1514);
    expect(bus.read64(BASE + 0x108)).toBe(0x1f1e_1d1c_1b1a_1918n);
  });

  test("reads zero behind its end", () => {
    hart.view.setUint8(AREA + abi.SLOT_CONFIG + 24, 0xff);
    expect(bus.read32(BASE + 0x118)).toBe(0);
    expect(bus.read8(BASE + 0xfff)).toBe(0);
  });

  test("a write is an operation that names offset and bytes", () => {
    bus.write8(BASE + 0x105, 0xab);
    expect(bus.operation).toBe(abi.OP_CONFIG);
    expect(parameters()).toEqual([SLOT, 5, 1]);
    expect(hart.view.getUint8(AREA + abi.SLOT_CONFIG + 5)).toBe(0xab);
    bus.write32(BASE + 0x108, 0x0102_0304);
    expect(parameters()).toEqual([SLOT, 8, 4]);
  });

  test("the generation is the host's", () => {
    hart.view.setUint32(AREA + abi.SLOT_CONFIG_GENERATION, 9, true);
    expect(read(0xfc)).toBe(9);
  });
});
