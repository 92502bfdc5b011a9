/*
 * Physical memory protection: address matching, permissions, priority, locks, and what page-table walks need [priv 3.7].
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, CSR } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart, M_TRAP_PA, PRIV_M, PRIV_S, PRIV_U, TABLE_PA } from "../support/hart.js";
import { hex, u64 } from "../support/integers.js";
import { PageTable } from "../support/pages.js";

const hart = new Hart();
const R = 1n;
const W = 2n;
const X = 4n;
const OFF = 0n;
const TOR = 1n << 3n;
const NA4 = 2n << 3n;
const NAPOT = 3n << 3n;
const L = 1n << 7n;
const ALL = R | W | X;

/** pmpaddr for a NAPOT range of a power of two, at least 8 bytes. */
const napot = (pa: number, bytes: number) => (BigInt(pa) >> 2n) | (BigInt(bytes) / 8n - 1n);
const shifted = (pa: number) => BigInt(pa) >> 2n;
const EVERYTHING: [bigint, bigint] = [NAPOT | ALL, (1n << 54n) - 1n];

/** Sets entries 0, 1, ... and leaves the rest off. */
function protect(...entries: [config: bigint, address: bigint][]): void {
  for (let i = 0; i < 16; i++) hart.setCsr(CSR.pmpaddr0 + i, entries[i]?.[1] ?? 0n);
  for (const half of [0, 1]) {
    let config = 0n;
    for (let i = 0; i < 8; i++) config |= (entries[half * 8 + i]?.[0] ?? OFF) << BigInt(8 * i);
    hart.setCsr(half === 0 ? CSR.pmpcfg0 : CSR.pmpcfg2, config);
  }
}

beforeEach(() => {
  hart.start();
});

/** One access to `pa` in `priv`; "done" or the cause. */
function access(insn: number, pa: number | bigint, priv = PRIV_S): bigint | "done" {
  if (hart.priv !== PRIV_M) throw new Error("Not in M-mode");
  hart.place(CODE_PA, insn, asm.ecall());
  hart.x[a1] = BigInt(pa);
  if (priv === PRIV_M) return hart.step(insn) ? "done" : hart.trap().cause;
  hart.enter(priv, CODE_PA).run(2);
  const { cause, tval, epc } = hart.trap();
  if (cause === 8n + BigInt(priv)) return "done";
  expect(hex(epc)).toBe(hex(CODE_PA));
  // A cache-block instruction may report any address of its block.
  expect(tval & ~0x3fn).toBe(BigInt(pa) & ~0x3fn);
  if (insn !== asm.cbo_zero(a1)) expect(tval).toBe(BigInt(pa));
  return cause;
}
const load = (pa: number, priv = PRIV_S) => access(asm.lw(a0, 0, a1), pa, priv);
const store = (pa: number, priv = PRIV_S) => access(asm.sw(a0, 0, a1), pa, priv);
/** A fetch of a nop, that the test placed there, from `pa`. */
function fetchFrom(pa: number, priv = PRIV_S): bigint | "done" {
  hart.place(pa, asm.ecall());
  hart.enter(priv, pa).run(1);
  const { cause } = hart.trap();
  return cause === 8n + BigInt(priv) ? "done" : cause;
}

describe("PMP", () => {
  test("with all entries off S and U may do nothing, M everything", () => {
    protect();
    hart.place(CODE_PA, asm.nop());
    for (const priv of [PRIV_S, PRIV_U]) {
      hart.enter(priv, CODE_PA).run(1);
      expect(hart.trap()).toEqual({ priv: PRIV_M, cause: 1n, epc: BigInt(CODE_PA), tval: BigInt(CODE_PA) });
    }
    expect([load(DATA_PA, PRIV_M), store(DATA_PA, PRIV_M)]).toEqual(["done", "done"]);
  });

  test("R, W and X are granted one by one", () => {
    for (const [bits, wants] of [
      [0n, [5n, 7n, 1n]],
      [R, ["done", 7n, 1n]],
      [X, [5n, 7n, "done"]],
      [R | W, ["done", "done", 1n]],
      [R | X, ["done", 7n, "done"]],
      [ALL, ["done", "done", "done"]],
    ] as const) {
      for (const priv of [PRIV_S, PRIV_U]) {
        protect([NAPOT | bits, napot(DATA_PA, 4096)], EVERYTHING);
        expect([bits, load(DATA_PA + 8, priv), store(DATA_PA + 8, priv), fetchFrom(DATA_PA + 16, priv)]).toEqual([
          bits,
          ...wants,
        ]);
      }
    }
  });

  test("other accesses count as loads or stores", () => {
    protect([NAPOT | R, napot(DATA_PA, 4096)], EVERYTHING);
    hart.setCsr(CSR.menvcfg, hart.csr(CSR.menvcfg) | 0xf0n);
    expect(access(asm.lr_w(a0, a1), DATA_PA)).toBe("done");
    for (const insn of [asm.sc_w(a0, a0, a1), asm.amoadd_w(a0, a0, a1), asm.fsd(asm.fa0, 0, a1), asm.cbo_zero(a1)]) {
      expect(access(insn, DATA_PA)).toBe(7n);
    }
    expect(access(asm.fld(asm.fa0, 0, a1), DATA_PA)).toBe("done");
  });

  test("cbo.zero() needs permission to store to its whole block", () => {
    hart.setCsr(CSR.menvcfg, hart.csr(CSR.menvcfg) | 0xf0n);
    for (const address of [DATA_PA, DATA_PA + 32, DATA_PA + 63]) {
      protect([NAPOT | R, napot(DATA_PA + 40, 8)], EVERYTHING);
      expect([address, access(asm.cbo_zero(a1), address)]).toEqual([address, 7n]);
    }
    protect([NAPOT | R | W, napot(DATA_PA, 64)], EVERYTHING);
    expect(access(asm.cbo_zero(a1), DATA_PA + 5)).toBe("done");
  });

  test("NA4 matches four bytes", () => {
    protect([NA4, shifted(DATA_PA + 8)], EVERYTHING);
    expect([load(DATA_PA + 4), load(DATA_PA + 8), load(DATA_PA + 12)]).toEqual(["done", 5n, "done"]);
  });

  test.each([8, 16, 64, 4096, 8192, 1 << 20])("NAPOT matches %i bytes", (bytes) => {
    const start = DATA_PA + 2 * Math.max(bytes, 16);
    protect([NAPOT, napot(start, bytes)], EVERYTHING);
    expect([load(start - 4), load(start), load(start + bytes - 4), load(start + bytes)]).toEqual([
      "done",
      5n,
      5n,
      "done",
    ]);
    expect([store(start - 4), store(start), store(start + bytes - 4), store(start + bytes)]).toEqual([
      "done",
      7n,
      7n,
      "done",
    ]);
  });

  test("TOR matches from the entry before up to its own address, entry 0 from 0", () => {
    protect([OFF, shifted(DATA_PA + 12)], [TOR, shifted(DATA_PA + 20)], EVERYTHING);
    expect([load(DATA_PA + 8), load(DATA_PA + 12), load(DATA_PA + 16), load(DATA_PA + 20)]).toEqual([
      "done",
      5n,
      5n,
      "done",
    ]);
    protect([TOR | ALL, shifted(DATA_PA)], EVERYTHING);
    protect([TOR | ALL, shifted(DATA_PA)]);
    expect([load(DATA_PA - 4), load(DATA_PA)]).toEqual(["done", 5n]);
  });

  test("TOR with its bounds the wrong way round matches nothing", () => {
    protect([OFF, shifted(DATA_PA + 20)], [TOR, shifted(DATA_PA + 8)], EVERYTHING);
    expect([load(DATA_PA + 8), load(DATA_PA + 12), load(DATA_PA + 20)]).toEqual(["done", "done", "done"]);
  });

  test("the lowest entry that matches decides", () => {
    protect([NAPOT | R, napot(DATA_PA, 64)], [NAPOT | ALL, napot(DATA_PA, 4096)], [NAPOT | R | X, (1n << 54n) - 1n]);
    expect([store(DATA_PA), store(DATA_PA + 64), store(DATA_PA + 4096)]).toEqual([7n, "done", 7n]);
    protect([NAPOT | ALL, napot(DATA_PA, 64)], [NAPOT | R, napot(DATA_PA, 4096)], EVERYTHING);
    expect([store(DATA_PA), store(DATA_PA + 64), store(DATA_PA + 4096)]).toEqual(["done", 7n, "done"]);
  });

  test("every one of the sixteen entries works", () => {
    for (let i = 0; i < 15; i++) {
      const entries: [bigint, bigint][] = Array.from({ length: 16 }, () => [OFF, 0n]);
      entries[i] = [NAPOT | R, napot(DATA_PA, 64)];
      entries[15] = EVERYTHING;
      protect(...entries);
      expect([i, store(DATA_PA), store(DATA_PA + 64), load(DATA_PA)]).toEqual([i, 7n, "done", "done"]);
    }
  });

  test("an access that an entry matches in part fails, whatever its permissions", () => {
    // A doubleword of which four bytes match: even with permission, and even if the rest is open [priv 3.7.1.2].
    protect([NA4 | ALL, shifted(DATA_PA + 8)], EVERYTHING);
    expect(access(asm.ld(a0, 0, a1), DATA_PA + 8)).toBe(5n);
    expect(access(asm.sd(a0, 0, a1), DATA_PA + 8)).toBe(7n);
    expect(access(asm.lw(a0, 0, a1), DATA_PA + 8)).toBe("done");
    expect(access(asm.ld(a0, 0, a1), DATA_PA + 16)).toBe("done");
  });

  test("an instruction of which the second half is not executable faults", () => {
    protect([NA4 | R | W, shifted(DATA_PA + 8)], EVERYTHING);
    hart.place(DATA_PA + 6, asm.nop());
    hart.enter(PRIV_S, DATA_PA + 6).run(1);
    expect(hart.trap()).toMatchObject({ cause: 1n, epc: BigInt(DATA_PA + 6) });
    expect([BigInt(DATA_PA + 6), BigInt(DATA_PA + 8)]).toContain(hart.trap().tval);
    hart.place(DATA_PA + 6, asm.c.nop());
    hart.enter(PRIV_S, DATA_PA + 6).run(2);
    expect(hart.trap()).toMatchObject({ cause: 1n, epc: BigInt(DATA_PA + 8), tval: BigInt(DATA_PA + 8) });
  });

  test("a page that is open only in part can be run and read as far as it is open", () => {
    protect([NAPOT | ALL, napot(DATA_PA, 64)], [NAPOT | R | X, napot(DATA_PA, 4096)], EVERYTHING);
    expect([store(DATA_PA + 60), store(DATA_PA + 64), load(DATA_PA + 64), store(DATA_PA)]).toEqual([
      "done",
      7n,
      "done",
      "done",
    ]);
  });

  test("devices are protected like memory", () => {
    protect([NAPOT | R, napot(0x1000_0000, 4096)], EVERYTHING);
    expect([access(asm.lbu(a0, 5, a1), 0x1000_0000 - 0), hart.x[a0]]).toEqual(["done", 0x60n]);
    hart.x[a0] = 0x41n;
    expect(access(asm.sb(a0, 0, a1), 0x1000_0000)).toBe(7n);
  });

  test("a change of PMP is seen by what ran before", () => {
    expect(store(DATA_PA)).toBe("done");
    protect([NAPOT | R, napot(DATA_PA, 4096)], EVERYTHING);
    expect(store(DATA_PA)).toBe(7n);
    protect(EVERYTHING);
    expect(store(DATA_PA)).toBe("done");
    protect([NAPOT | R | W, napot(CODE_PA, 4096)], EVERYTHING);
    hart.enter(PRIV_S, CODE_PA).run(1);
    expect(hart.trap()).toMatchObject({ cause: 1n, epc: BigInt(CODE_PA) });
  });
});

describe("PMP and page tables", () => {
  test("a walk through a table without read permission raises an access fault of the original kind", () => {
    const table = new PageTable(hart).mapRam();
    table.map(0x5_0000_0000n, DATA_PA);
    protect([NAPOT, napot(TABLE_PA, 0x1_0000)], EVERYTHING);
    hart.setCsr(CSR.satp, table.satp());
    hart.enter(PRIV_S, CODE_PA).run(1);
    expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause: 1n, tval: BigInt(CODE_PA) });
    // Only the leaf table of one mapping is closed.
    const leaf = Math.floor(table.pteAt(0x5_0000_0000n) / 4096) * 4096;
    for (const [insn, cause] of [
      [asm.ld(a0, 0, a1), 5n],
      [asm.sd(a0, 0, a1), 7n],
    ] as const) {
      protect([NAPOT, napot(leaf, 4096)], EVERYTHING);
      hart.place(CODE_PA, insn);
      hart.x[a1] = 0x5_0000_0000n;
      hart.step(asm.sfence_vma(), CODE_PA + 0x100);
      hart.enter(PRIV_S, CODE_PA).run(1);
      expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause, tval: 0x5_0000_0000n });
    }
  });

  test("setting A or D in a table without write permission raises an access fault", () => {
    const table = new PageTable(hart).mapRam();
    table.map(0x5_0000_0000n, DATA_PA, 0x0fn);
    const leaf = Math.floor(table.pteAt(0x5_0000_0000n) / 4096) * 4096;
    protect([NAPOT | R, napot(leaf, 4096)], EVERYTHING);
    hart.place(CODE_PA, asm.sd(a0, 0, a1));
    hart.x[a1] = 0x5_0000_0000n;
    table.enter(BigInt(CODE_PA)).run(1);
    expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause: 7n, tval: 0x5_0000_0000n });
  });

  test("permission is checked on the physical address, tval is the virtual one", () => {
    const table = new PageTable(hart).mapRam();
    table.map(0x5_0000_0000n, DATA_PA);
    protect([NAPOT | R, napot(DATA_PA, 64)], EVERYTHING);
    hart.place(CODE_PA, asm.sd(a0, 0, a1));
    hart.x[a1] = 0x5_0000_0010n;
    table.enter(BigInt(CODE_PA)).run(1);
    expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause: 7n, tval: 0x5_0000_0010n });
  });

  test("MPRV checks as MPP's mode", () => {
    protect([NAPOT, napot(DATA_PA, 64)], EVERYTHING);
    expect(load(DATA_PA, PRIV_M)).toBe("done");
    hart.setCsr(CSR.mstatus, (hart.csr(CSR.mstatus) & ~0x1800n) | (1n << 17n) | (1n << 11n));
    hart.x[a1] = BigInt(DATA_PA);
    expect(hart.step(asm.lw(a0, 0, a1))).toBe(false);
    expect(hart.trap()).toMatchObject({ cause: 5n, tval: BigInt(DATA_PA) });
  });
});

describe("locked entries", () => {
  test("concern M-mode as well", () => {
    protect([NAPOT | L | R, napot(DATA_PA, 64)], EVERYTHING);
    expect([load(DATA_PA, PRIV_M), store(DATA_PA, PRIV_M), store(DATA_PA + 64, PRIV_M)]).toEqual(["done", 7n, "done"]);
    hart.place(DATA_PA, asm.nop());
    hart.pc = DATA_PA;
    hart.run(1);
    expect(hart.trap()).toMatchObject({ cause: 1n, epc: BigInt(DATA_PA) });
  });

  test("hold their configuration and address until reset", () => {
    protect([NAPOT | L | R, napot(DATA_PA, 64)], EVERYTHING);
    hart.setCsr(CSR.pmpcfg0, 0n);
    hart.setCsr(CSR.pmpaddr0, 0n);
    expect(hart.csr(CSR.pmpcfg0) & 0xffn).toBe(NAPOT | L | R);
    expect(hart.csr(CSR.pmpaddr0)).toBe(napot(DATA_PA, 64));
    // The other entries of the register can be changed.
    expect((hart.csr(CSR.pmpcfg0) >> 8n) & 0xffn).toBe(0n);
    hart.reset();
    expect([hart.csr(CSR.pmpcfg0), hart.csr(CSR.pmpcfg2)]).toEqual([0n, 0n]);
  });

  test("a locked TOR entry locks the address before it", () => {
    protect([OFF, shifted(DATA_PA)], [TOR | L | ALL, shifted(DATA_PA + 64)], EVERYTHING);
    hart.setCsr(CSR.pmpaddr0, 0n);
    expect(hart.csr(CSR.pmpaddr0)).toBe(shifted(DATA_PA));
    hart.setCsr(CSR.pmpcfg0, 0n);
    expect(hart.csr(CSR.pmpcfg0) & 0xff00n).toBe((TOR | L | ALL) << 8n);
  });
});

describe("PMP registers", () => {
  test("addresses hold 54 bits with a granularity of four bytes", () => {
    hart.setCsr(CSR.pmpcfg0, 0n);
    hart.setCsr(CSR.pmpaddr3, u64(-1n));
    expect(hart.csr(CSR.pmpaddr3)).toBe((1n << 54n) - 1n);
    hart.setCsr(CSR.pmpaddr3, 0x1234_5679n);
    expect(hart.csr(CSR.pmpaddr3)).toBe(0x1234_5679n);
  });

  test("configurations lie eight to a register, with bits 5 and 6 zero", () => {
    hart.setCsr(CSR.pmpcfg2, 0x0000_001f_7f1b_0900n & ~0x8080_8080_8080_8080n);
    expect(hart.csr(CSR.pmpcfg2)).toBe(0x0000_001f_1f1b_0900n);
  });

  test("W without R is reserved: it never grants a store alone", () => {
    protect([NAPOT | W, napot(DATA_PA, 64)], EVERYTHING);
    const kept = hart.csr(CSR.pmpcfg0) & 7n;
    if ((kept & R) === 0n) expect(store(DATA_PA)).toBe(7n);
  });

  test("the vector of M-mode is reachable with every entry off", () => {
    protect();
    hart.place(CODE_PA, asm.nop());
    hart.enter(PRIV_U, CODE_PA).run(2);
    expect(hart.pc).toBe(BigInt(M_TRAP_PA));
  });
});
