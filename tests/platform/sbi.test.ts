/*
 * The built-in SBI, and the state in which a kernel starts under it [SBI 2.0; linux Documentation/arch/riscv/boot.rst].
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as abi from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, a6, a7, CSR, type XReg } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart, INTERRUPT, PRIV_S, PRIV_U, S_TRAP_PA } from "../support/hart.js";
import { s64, u64 } from "../support/integers.js";
import { PageTable, PTE_KERNEL } from "../support/pages.js";

const hart = new Hart();
const ENTRY = CODE_PA + 0x2000;

const BASE = 0x10n;
const TIME = 0x5449_4d45n;
const IPI = 0x73_5049n;
const RFENCE = 0x5246_4e43n;
const HSM = 0x48_534dn;
const SRST = 0x5352_5354n;
const DBCN = 0x4442_434en;

const SUCCESS = 0n;
const NOT_SUPPORTED = -2n;
const INVALID_PARAM = -3n;
const ALREADY_AVAILABLE = -6n;

beforeEach(() => {
  hart.reset(abi.RESET_SUPERVISOR, ENTRY);
  hart.place(S_TRAP_PA, Array(16).fill(asm.j(0)));
  hart.setCsr(CSR.stvec, S_TRAP_PA);
});

let operation = 0;
/** Makes a call from S-mode; gives error and value. */
function call(extension: bigint, func: number, ...operands: (number | bigint)[]): { error: bigint; value: bigint } {
  hart.place(CODE_PA, asm.ecall(), asm.nop());
  for (let i = 0; i < 6; i++) hart.x[(a0 + i) as XReg] = u64(BigInt(operands[i] ?? 0));
  hart.x[a6] = BigInt(func);
  hart.x[a7] = extension;
  hart.pc = CODE_PA;
  operation = hart.run(1);
  return { error: s64(hart.x[a0]!), value: hart.x[a1]! };
}

function drain(): string {
  const [head, tail] = [abi.TEXT_HEAD, abi.TEXT_TAIL].map((o) => hart.view.getUint32(abi.TEXT_PTR + o, true)) as [
    number,
    number,
  ];
  let text = "";
  for (let n = tail; n !== head; n = (n + 1) >>> 0) {
    text += String.fromCharCode(hart.view.getUint8(abi.TEXT_PTR + abi.TEXT_BYTES + (n % abi.TEXT_SIZE)));
  }
  hart.view.setUint32(abi.TEXT_PTR + abi.TEXT_TAIL, head, true);
  return text;
}

describe("supervisor start", () => {
  test("enters S-mode at the entry with the hart id, the device tree, no translation and interrupts off", () => {
    hart.setPassage(abi.PASSAGE_ENTRY, BigInt(ENTRY));
    hart.setPassage(abi.PASSAGE_A1, 0x8fe0_0000n);
    hart.core.reset(abi.RESET_SUPERVISOR);
    expect([hart.priv, hart.pc, hart.x[a0], hart.x[a1]]).toEqual([PRIV_S, BigInt(ENTRY), 0n, 0x8fe0_0000n]);
    expect([hart.csr(CSR.satp), hart.csr(CSR.sie), hart.csr(CSR.sstatus) & 2n]).toEqual([0n, 0n, 0n]);
  });

  test("exceptions and interrupts go to S-mode", () => {
    for (const [insn, cause] of [
      [asm.ebreak(), 3n],
      [0x0000_000b, 2n],
      [asm.csrr(a0, CSR.mstatus), 2n],
      [asm.ld(a0, 0, asm.zero), 5n],
      [asm.mret(), 2n],
    ] as const) {
      hart.place(CODE_PA, insn);
      hart.pc = CODE_PA;
      hart.run(1);
      expect(hart.trap()).toMatchObject({ priv: PRIV_S, cause, epc: BigInt(CODE_PA) });
    }
  });

  test("an ecall from U-mode goes to S-mode", () => {
    hart.place(CODE_PA, asm.sret());
    hart.place(DATA_PA, asm.ecall());
    hart.setCsr(CSR.sstatus, 0).setCsr(CSR.sepc, DATA_PA);
    hart.pc = CODE_PA;
    hart.run(1);
    expect(hart.priv).toBe(PRIV_U);
    hart.run(1);
    expect(hart.trap()).toMatchObject({ priv: PRIV_S, cause: 8n, epc: BigInt(DATA_PA) });
  });

  test("counters, the timer, cache blocks and floating point can be used by S-mode", () => {
    hart.x[a0] = BigInt(DATA_PA);
    hart.setCsr(CSR.sstatus, 1n << 13n);
    const insns = [
      asm.csrr(a1, CSR.cycle),
      asm.csrr(a1, CSR.time),
      asm.csrr(a1, CSR.instret),
      asm.csrr(a1, CSR.stimecmp),
    ];
    const more = [asm.cbo_zero(a0), asm.cbo_clean(a0), asm.cbo_inval(a0), asm.fadd_d(asm.fa0, asm.fa0, asm.fa0)];
    for (const insn of [...insns, ...more]) {
      hart.place(CODE_PA, insn);
      hart.pc = CODE_PA;
      hart.run(1);
      expect([insn, hart.pc]).toEqual([insn, BigInt(CODE_PA + 4)]);
    }
  });

  test("misaligned accesses work without firmware's help", () => {
    hart.x[a1] = BigInt(DATA_PA + 0xffd);
    hart.place(CODE_PA, asm.sd(a1, 0, a1), asm.ld(a0, 0, a1));
    hart.pc = CODE_PA;
    hart.run(2);
    expect(hart.x[a0]).toBe(BigInt(DATA_PA + 0xffd));
  });

  test("ACLINT and finisher belong to the bare machine", () => {
    for (const pa of [abi.ACLINT_PA, abi.ACLINT_PA + 0xbff8, abi.FINISHER_PA]) {
      hart.x[a1] = BigInt(pa);
      hart.place(CODE_PA, asm.sw(asm.zero, 0, a1));
      hart.pc = CODE_PA;
      expect(hart.run(1)).toBe(abi.OP_BUDGET);
      expect(hart.trap()).toMatchObject({ priv: PRIV_S, cause: 7n, tval: BigInt(pa) });
    }
  });
});

describe("calls", () => {
  test("keep every register but a0 and a1, and return behind the ecall", () => {
    for (let r = 1; r < 32; r++) hart.x[r] = BigInt(r) * 0x1111n;
    call(BASE, 0);
    for (let r = 1; r < 32; r++) {
      if (r >= 10 && r <= 17) continue;
      expect([r, hart.x[r]]).toEqual([r, BigInt(r) * 0x1111n]);
    }
    expect([hart.x[a6], hart.x[a7], hart.pc, hart.priv]).toEqual([0n, BASE, BigInt(CODE_PA + 4), PRIV_S]);
  });

  test("of an unknown extension or function are not supported", () => {
    for (const extension of [0x0900_0000n, 0x0a00_0000n, 0x1234_5678n, u64(-1n)]) {
      expect(call(extension, 0).error).toBe(NOT_SUPPORTED);
    }
    for (const extension of [BASE, TIME, IPI, RFENCE, HSM, SRST, DBCN]) {
      expect([extension, call(extension, 99).error]).toEqual([extension, NOT_SUPPORTED]);
    }
  });
});

describe("base extension [SBI 4]", () => {
  test("tells version 2.0 at least", () => {
    const { error, value } = call(BASE, 0);
    expect(error).toBe(SUCCESS);
    expect(value).toBeGreaterThanOrEqual(0x0200_0000n);
    expect(value >> 31n).toBe(0n);
  });

  test("probes what is there", () => {
    for (const extension of [BASE, TIME, IPI, RFENCE, HSM, SRST, DBCN])
      expect(call(BASE, 3, extension)).toEqual({ error: 0n, value: 1n });
    for (const extension of [0x1234_5678n, 0x504d_55n])
      expect(call(BASE, 3, extension)).toEqual({ error: 0n, value: 0n });
  });

  test("tells the machine's ids as their CSRs do", () => {
    for (const [func, csr] of [
      [4, CSR.mvendorid],
      [5, CSR.marchid],
      [6, CSR.mimpid],
    ] as const) {
      expect(call(BASE, func)).toEqual({ error: 0n, value: hart.csr(csr) });
    }
  });
});

describe("timer extension [SBI 6]", () => {
  const STIP = 1n << 5n;
  test("set_timer() makes the interrupt pending at its tick and clears it before", () => {
    const now = hart.csr(CSR.time);
    expect(call(TIME, 0, now + 1000n)).toMatchObject({ error: SUCCESS });
    expect(hart.csr(CSR.sip) & STIP).toBe(0n);
    hart.setPassage(abi.PASSAGE_NOW, now + 1000n);
    hart.place(CODE_PA, asm.nop(), asm.nop());
    hart.pc = CODE_PA;
    hart.run(1);
    expect(hart.csr(CSR.sip) & STIP).toBe(STIP);
    call(TIME, 0, u64(-1n));
    expect(hart.csr(CSR.sip) & STIP).toBe(0n);
  });

  test("the interrupt is taken by the kernel's handler", () => {
    call(TIME, 0, 0n);
    hart.setCsr(CSR.sie, STIP).setCsr(CSR.sstatus, 2);
    hart.place(CODE_PA, Array(10).fill(asm.nop()));
    hart.pc = CODE_PA;
    hart.run(5);
    expect(hart.trap()).toMatchObject({ priv: PRIV_S, cause: INTERRUPT | 5n });
  });
});

describe("interprocessor interrupts [SBI 7]", () => {
  const SSIP = 2n;
  test("send_ipi() to hart 0 sets SSIP, by mask or to all", () => {
    for (const operands of [
      [1n, 0n],
      [0n, u64(-1n)],
    ]) {
      hart.setCsr(CSR.sip, 0);
      expect(call(IPI, 0, ...operands).error).toBe(SUCCESS);
      expect(hart.csr(CSR.sip) & SSIP).toBe(SSIP);
    }
  });

  test("send_ipi() to a hart that is not there is an invalid parameter", () => {
    expect(call(IPI, 0, 2, 0).error).toBe(INVALID_PARAM);
    expect(call(IPI, 0, 1, 5).error).toBe(INVALID_PARAM);
    expect(hart.csr(CSR.sip) & SSIP).toBe(0n);
  });
});

describe("remote fences [SBI 8]", () => {
  test("of this hart succeed, of others are an invalid parameter, of guests are not supported", () => {
    for (const func of [0, 1, 2]) {
      expect(call(RFENCE, func, 1, 0, 0, 0).error).toBe(SUCCESS);
      expect(call(RFENCE, func, 0, u64(-1n), 0, u64(-1n)).error).toBe(SUCCESS);
      expect(call(RFENCE, func, 4, 0).error).toBe(INVALID_PARAM);
    }
    for (const func of [3, 4, 5, 6]) expect(call(RFENCE, func, 1, 0).error).toBe(NOT_SUPPORTED);
  });

  const va = 0x5_0000_0000n;
  test.each([
    ["a page", va, 0x1000n],
    ["many pages", va, 0x100_0000n],
    ["a range that ends in the page", va - 8n, 16n],
    ["everything, as 0 and 0,", 0n, 0n],
    ["everything, as 0 and 2^64 - 1,", 0n, u64(-1n)],
  ])("remote_sfence_vma() over %s shows new translations", (_, start, bytes) => {
    const table = new PageTable(hart).mapRam();
    table.map(va, DATA_PA);
    hart.setU64(DATA_PA, 1n);
    hart.setU64(DATA_PA + 0x1000, 2n);
    const p = hart.place(
      CODE_PA,
      ...[
        asm.ld(asm.s0, 0, asm.s2),
        asm.sd(asm.s3, 0, asm.s4),
        asm.ecall(),
        asm.ld(asm.s1, 0, asm.s2),
        asm.label("done"),
        asm.j("done"),
      ],
    );
    hart.x[asm.s2] = va;
    hart.x[asm.s3] = (BigInt(DATA_PA + 0x1000) >> 2n) | PTE_KERNEL;
    hart.x[asm.s4] = BigInt(table.pteAt(va));
    [1n, 0n, start, bytes].forEach((v, i) => {
      hart.x[(a0 + i) as XReg] = v;
    });
    hart.x[a6] = 1n;
    hart.x[a7] = RFENCE;
    hart.setCsr(CSR.satp, table.satp());
    hart.pc = CODE_PA;
    hart.runTo(p);
    expect([hart.x[asm.s0], hart.x[asm.s1]]).toEqual([1n, 2n]);
  });
});

describe("hart states [SBI 9]", () => {
  test("hart 0 is started, others are not there", () => {
    expect(call(HSM, 2, 0)).toEqual({ error: SUCCESS, value: 0n });
    expect(call(HSM, 2, 1).error).toBe(INVALID_PARAM);
    expect(call(HSM, 0, 0, CODE_PA, 0).error).toBe(ALREADY_AVAILABLE);
    expect(call(HSM, 0, 1, CODE_PA, 0).error).toBe(INVALID_PARAM);
  });

  test("a retentive suspend waits for an interrupt and then returns", () => {
    hart.setCsr(CSR.sie, 0x222);
    call(TIME, 0, hart.csr(CSR.time) + 100n);
    expect(call(HSM, 3, 0).error).toBe(SUCCESS);
    expect(hart.run(10)).toBe(abi.OP_IDLE);
    hart.setPassage(abi.PASSAGE_NOW, hart.csr(CSR.time) + 100n);
    expect(hart.run(1)).toBe(abi.OP_BUDGET);
    expect(hart.pc).toBe(BigInt(CODE_PA + 8));
  });
});

describe("system reset [SBI 10]", () => {
  const stop = () => hart.passage32(abi.PASSAGE_P0);
  test("tells the host how the guest ended", () => {
    for (const [type, reason, want] of [
      [0, 0, abi.STOP_POWEROFF],
      [0, 1, abi.STOP_FAILURE],
      [1, 0, abi.STOP_REBOOT],
      [2, 0, abi.STOP_REBOOT],
    ] as const) {
      call(SRST, 0, type, reason);
      expect([type, reason, operation, stop()]).toEqual([type, reason, abi.OP_STOP, want]);
    }
  });

  test("refuses reserved types and reasons", () => {
    expect(call(SRST, 0, 3, 0).error).toBe(INVALID_PARAM);
    expect(call(SRST, 0, 0x1000, 0).error).toBe(INVALID_PARAM);
    expect(operation).toBe(abi.OP_BUDGET);
  });
});

describe("debug console [SBI 12]", () => {
  const put = (text: string) => hart.write(DATA_PA, new TextEncoder().encode(text));
  beforeEach(() => {
    drain();
  });

  test("console_write() shows bytes of physical memory", () => {
    put("Linux version\n");
    expect(call(DBCN, 0, 14, DATA_PA, 0)).toEqual({ error: SUCCESS, value: 14n });
    expect(drain()).toBe("Linux version\n");
  });

  test("console_write() of more than there is room for says how much it took, and asks for the text to be shown", () => {
    put("x".repeat(3 * abi.TEXT_SIZE));
    let left = 3 * abi.TEXT_SIZE;
    let shown = 0;
    for (let turn = 0; left > 0 && turn < 10; turn++) {
      const { error, value } = call(DBCN, 0, left, DATA_PA, 0);
      expect(error).toBe(SUCCESS);
      left -= Number(value);
      shown += drain().length;
    }
    expect([left, shown]).toEqual([0, 3 * abi.TEXT_SIZE]);
  });

  test("console_write() from where there is no memory is an invalid parameter", () => {
    expect(call(DBCN, 0, 4, 0x4000_0000, 0).error).toBe(INVALID_PARAM);
    expect(call(DBCN, 0, 4, DATA_PA, 1).error).toBe(INVALID_PARAM);
    expect(call(DBCN, 0, u64(-1n), DATA_PA, 0).error).toBe(INVALID_PARAM);
    expect(drain()).toBe("");
  });

  test("console_write_byte() shows one byte", () => {
    expect(call(DBCN, 2, 0x141)).toEqual({ error: SUCCESS, value: 0n });
    expect(drain()).toBe("A");
  });

  test("console_read() never waits", () => {
    expect(call(DBCN, 1, 16, DATA_PA, 0)).toEqual({ error: SUCCESS, value: 0n });
    expect(hart.x[a2]).toBe(0n);
  });
});
