/*
 * The calls of a cooperative kernel (docs/ABI.md), and what it can do to the core when it does not keep to the rules.
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as abi from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import { a0, a6, a7, CSR, type XReg } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart, S_TRAP_PA } from "../support/hart.js";
import { s64, u64 } from "../support/integers.js";

const hart = new Hart();
const SLOT = 33;
const AREA = abi.SLOTS_PTR + SLOT * abi.SLOT_BYTES;
const PAGE_PA = DATA_PA;
const SSIP = 2n;
const INVALID_PARAM = -3n;
const NOT_SUPPORTED = -2n;
const END_PA = abi.RAM_PA + hart.ramBytes;

beforeEach(() => {
  hart.reset(abi.RESET_SUPERVISOR, CODE_PA);
  hart.place(S_TRAP_PA, Array(16).fill(asm.j(0)));
  hart.setCsr(CSR.stvec, S_TRAP_PA);
  hart.view.setUint32(AREA + abi.SLOT_DEVICE_ID, 2, true);
  hart.view.setUint32(AREA + abi.SLOT_QUEUE_COUNT, 2, true);
  hart.view.setUint32(AREA + abi.SLOT_CONFIG_BYTES, 16, true);
});

let operation = 0;
/** Makes a call. */
function call(func: number, operands: readonly (number | bigint)[] = []): { error: bigint; value: bigint } {
  hart.place(CODE_PA, asm.ecall(), asm.j(0));
  for (let i = 0; i < 4; i++) hart.x[(a0 + i) as XReg] = u64(BigInt(operands[i] ?? 0));
  hart.x[a6] = BigInt(func);
  hart.x[a7] = BigInt(abi.COOP_EXTENSION);
  hart.pc = CODE_PA;
  operation = hart.run(1);
  return { error: s64(hart.x[a0]!), value: hart.x[a0 + 1]! };
}

const page64 = (offset: number) => hart.view.getBigUint64(abi.RAM_PTR + PAGE_PA - abi.RAM_PA + offset, true);
const notified = () => hart.view.getBigUint64(abi.PASSAGE_PTR + abi.PASSAGE_NOTIFIED, true);
const pending = () => hart.csr(CSR.sip) & SSIP;
const attach = () => call(abi.COOP_ATTACH, [PAGE_PA]);

describe("joining", () => {
  test("the extension is there, and says its version", () => {
    expect(call(abi.COOP_HELLO, [abi.COOP_VERSION])).toEqual({ error: 0n, value: BigInt(abi.COOP_VERSION) });
    expect(operation).toBe(abi.OP_BUDGET);
  });

  test("a kernel of another version is told ours, and the host its", () => {
    expect(call(abi.COOP_HELLO, [77])).toEqual({ error: 0n, value: BigInt(abi.COOP_VERSION) });
    expect([operation, hart.passage32(abi.PASSAGE_P0)]).toEqual([abi.OP_FOREIGN, 77]);
  });

  test("a page of RAM is taken and marked", () => {
    expect(attach().error).toBe(0n);
    expect(page64(abi.COOP_PAGE_VERSION)).toBe(BigInt(abi.COOP_VERSION));
    expect(hart.view.getBigUint64(abi.PASSAGE_PTR + abi.PASSAGE_COOP_PAGE, true)).toBe(BigInt(PAGE_PA));
  });

  test.each([
    ["unaligned", PAGE_PA + 8],
    ["before RAM", abi.RAM_PA - 4096],
    ["a device", abi.UART_PA],
    ["behind RAM", END_PA],
    ["beyond all", 0xffff_ffff_ffff_f000n],
  ])("an address that is %s is refused", (_, pa) => {
    expect(call(abi.COOP_ATTACH, [pa]).error).toBe(INVALID_PARAM);
    expect(hart.core.announce(1)).toBe(0);
  });

  test("a reset forgets it", () => {
    attach();
    hart.reset(abi.RESET_SUPERVISOR, CODE_PA);
    expect(hart.core.announce(1)).toBe(0);
    expect(page64(abi.COOP_PAGE_EVENTS)).toBe(0n);
  });

  test.each([abi.COOP_FUNCTIONS, 0x1_0000_0000])("function %i is not there", (func) => {
    expect(call(func).error).toBe(NOT_SUPPORTED);
  });
});

describe("registers", () => {
  test("are those of virtio-mmio", () => {
    expect(call(abi.COOP_DEVICES).value).toBe(1n << BigInt(SLOT));
    expect(call(abi.COOP_READ, [SLOT, 0, 4]).value).toBe(0x7472_6976n);
    call(abi.COOP_WRITE, [SLOT, 0x24, 4, 1]);
    call(abi.COOP_WRITE, [SLOT, 0x20, 4, 0x55]);
    expect(hart.view.getUint32(AREA + abi.SLOT_DRIVER_FEATURES + 4, true)).toBe(0x55);
    call(abi.COOP_WRITE, [SLOT, 0x70, 4, 3]);
    expect([operation, hart.passage32(abi.PASSAGE_P0), hart.passage32(abi.PASSAGE_P1)]).toEqual([
      abi.OP_STATUS,
      SLOT,
      3,
    ]);
    call(abi.COOP_WRITE, [SLOT, 0x108, 8, 0x1122_3344_5566_7788n]);
    expect(call(abi.COOP_READ, [SLOT, 0x108, 8]).value).toBe(0x1122_3344_5566_7788n);
    expect(call(abi.COOP_READ, [SLOT, 0x10c, 2]).value).toBe(0x3344n);
  });

  test.each([
    ["slot", [abi.SLOT_COUNT, 0, 4]],
    ["slot", [-1, 0, 4]],
    ["offset", [SLOT, 0x1000, 4]],
    ["offset", [SLOT, -4, 4]],
    ["width", [SLOT, 0, 3]],
    ["width", [SLOT, 0, 0]],
    ["width", [SLOT, 0, 0x1_0000_0004]],
  ])("a %s that is not there is refused: %j", (_, operands) => {
    expect(call(abi.COOP_READ, operands).error).toBe(INVALID_PARAM);
    expect(call(abi.COOP_WRITE, [...operands, 1]).error).toBe(INVALID_PARAM);
  });

  test("configuration space ends where it ends", () => {
    expect(call(abi.COOP_READ, [SLOT, 0x10c, 8]).value).toBe(0n);
    call(abi.COOP_WRITE, [SLOT, 0x110, 4, -1]);
    expect(hart.view.getUint32(AREA + abi.SLOT_CONFIG + 16, true)).toBe(0);
  });
});

describe("a notification", () => {
  test("is noted, and gives control back", () => {
    expect(call(abi.COOP_NOTIFY, [SLOT, 1]).error).toBe(0n);
    expect(operation).toBe(abi.OP_NOTIFY);
    expect(notified()).toBe(1n << BigInt(SLOT));
    expect(hart.view.getUint32(AREA + abi.SLOT_NOTIFIED, true)).toBe(0b10);
    expect(hart.run(10)).toBe(abi.OP_BUDGET);
  });

  test.each([
    [abi.SLOT_COUNT, 0],
    [SLOT, 2],
    [SLOT, 32],
    [0, 0],
    [SLOT, 0x1_0000_0000],
  ])("of slot %i, queue %i is refused", (slot, queue) => {
    expect(call(abi.COOP_NOTIFY, [slot, queue]).error).toBe(INVALID_PARAM);
    expect(notified()).toBe(0n);
  });
});

describe("the page", () => {
  test("says which devices interrupt, by the software interrupt", () => {
    attach();
    hart.core.raise(SLOT, abi.INTERRUPT_USED);
    hart.core.raise(3, abi.INTERRUPT_USED | abi.INTERRUPT_CONFIG);
    expect([page64(abi.COOP_PAGE_USED), page64(abi.COOP_PAGE_CHANGED), pending()]).toEqual([
      (1n << BigInt(SLOT)) | 8n,
      8n,
      SSIP,
    ]);
    expect(hart.csr(CSR.mip) & 0x200n).toBe(0n);
  });

  test("says what else there is", () => {
    attach();
    expect(hart.core.announce(abi.COOP_EVENT_INPUT)).toBe(1);
    hart.core.announce(abi.COOP_EVENT_WALL);
    expect(page64(abi.COOP_PAGE_EVENTS)).toBe(BigInt(abi.COOP_EVENT_INPUT | abi.COOP_EVENT_WALL));
    expect(pending()).toBe(SSIP);
  });

  test("may hold anything, also the code that runs", () => {
    call(abi.COOP_ATTACH, [CODE_PA]);
    hart.run(100);
    hart.core.raise(SLOT, abi.INTERRUPT_USED);
    hart.core.announce(0xff);
    hart.run(100);
    expect(hart.core.announce(1)).toBe(1);
  });

  test("is given back with address 0; interrupts come by the controller again", () => {
    attach();
    call(abi.COOP_ATTACH, [0]);
    hart.core.raise(SLOT, abi.INTERRUPT_USED);
    expect(page64(abi.COOP_PAGE_USED)).toBe(0n);
    expect(hart.view.getUint32(AREA + abi.SLOT_INTERRUPT_STATUS, true)).toBe(1);
  });
});

describe("memory that is free", () => {
  test("is zero from then on, also where code was, and no other is", () => {
    hart.setU64(DATA_PA - 8, 1n);
    hart.setU64(DATA_PA, 2n);
    hart.setU64(DATA_PA + 4096 + 4088, 3n);
    hart.setU64(DATA_PA + 8192, 4n);
    expect(call(abi.COOP_FREE, [DATA_PA, 8192])).toEqual({ error: 0n, value: 0n });
    expect([-8, 0, 4096 + 4088, 8192].map((at) => hart.u64(DATA_PA + at))).toEqual([1n, 0n, 0n, 4n]);
    // The ecall itself lies there: what is executed next is what memory holds.
    expect(call(abi.COOP_FREE, [CODE_PA, 4096]).error).toBe(0n);
    hart.run(1);
    expect(hart.csr(CSR.scause)).toBe(2n);
  });

  test("is not even read where nobody ever wrote: the host may not have made it yet", () => {
    const at = abi.RAM_PTR + END_PA - 4096 - abi.RAM_PA;
    hart.view.setUint32(at, 5, true);
    expect(call(abi.COOP_FREE, [END_PA - 4096, 4096]).error).toBe(0n);
    expect(hart.view.getUint32(at, true)).toBe(5);
    hart.setU64(END_PA - 8, 6n);
    expect(call(abi.COOP_FREE, [END_PA - 4096, 4096]).error).toBe(0n);
    expect([hart.view.getUint32(at, true), hart.u64(END_PA - 8)]).toEqual([0, 0n]);
  });

  test.each([
    ["unaligned", DATA_PA + 8, 4096],
    ["of half a page", DATA_PA, 2048],
    ["longer than any block", abi.RAM_PA, (4 << 20) + 4096],
    ["beyond RAM", END_PA - 4096, 8192],
    ["a device", abi.UART_PA, 4096],
    ["beyond all", 0xffff_ffff_ffff_f000n, 4096],
  ])("is refused: %s", (_, pa, bytes) => {
    hart.setU64(DATA_PA, 2n);
    expect(call(abi.COOP_FREE, [pa, bytes]).error).toBe(INVALID_PARAM);
    expect(hart.u64(DATA_PA)).toBe(2n);
  });
});

describe("console, clock and reports", () => {
  test("text goes into the ring as far as there is room", () => {
    expect(call(abi.COOP_SAY, [DATA_PA, 100]).value).toBe(100n);
    expect(call(abi.COOP_SAY, [DATA_PA, abi.TEXT_SIZE]).value).toBe(BigInt(abi.TEXT_SIZE - 100));
    expect(operation).toBe(abi.OP_TEXT);
    expect(call(abi.COOP_SAY, [DATA_PA, 1]).value).toBe(0n);
  });

  test.each([
    [abi.UART_PA, 1],
    [END_PA - 1, 2],
    [DATA_PA, -1],
  ])("text at %i, %i bytes, is refused", (pa, bytes) => {
    expect(call(abi.COOP_SAY, [pa, bytes]).error).toBe(INVALID_PARAM);
  });

  test("wall time is the host's, in nanoseconds", () => {
    hart.setPassage(abi.PASSAGE_WALL, 1_700_000_000_000_000_000n);
    hart.setPassage(abi.PASSAGE_NOW, 10_000_000n);
    expect(call(abi.COOP_WALL).value).toBe(1_700_000_001_000_000_000n);
  });

  test("a report is handed to the host where it lies", () => {
    expect(call(abi.COOP_REPORT, [DATA_PA, abi.COOP_REPORT_BYTES]).error).toBe(0n);
    expect([operation, hart.passage32(abi.PASSAGE_P0), hart.passage32(abi.PASSAGE_P1)]).toEqual([
      abi.OP_REPORT,
      abi.RAM_PTR + DATA_PA - abi.RAM_PA,
      abi.COOP_REPORT_BYTES,
    ]);
  });

  test.each([
    [DATA_PA, 8],
    [END_PA - 8, abi.COOP_REPORT_BYTES],
    [0, abi.COOP_REPORT_BYTES],
  ])("a report at %i, %i bytes, is refused", (pa, bytes) => {
    expect(call(abi.COOP_REPORT, [pa, bytes]).error).toBe(INVALID_PARAM);
  });
});
