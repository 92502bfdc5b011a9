/*
 * The page-table walk: who may load, store and fetch by R, W, X, U, SUM and MXR; reserved encodings; superpages; canonical
 * addresses; Sv39 and Sv48 [priv 12.3 to 12.5].
 */

import { beforeEach, describe, expect, test } from "vitest";
import * as asm from "../support/assembler.js";
import { a0, a1, CSR } from "../support/assembler.js";
import { CODE_PA, DATA_PA, Hart, PRIV_M, PRIV_S, PRIV_U } from "../support/hart.js";
import { hex, u64 } from "../support/integers.js";
import * as pages from "../support/pages.js";
import {
  PageTable,
  PTE_A,
  PTE_D,
  PTE_G,
  PTE_KERNEL,
  PTE_R,
  PTE_U,
  PTE_USER,
  PTE_V,
  PTE_W,
  PTE_X,
} from "../support/pages.js";

const hart = new Hart();
let table: PageTable;
const SUM = 1n << 18n;
const MXR = 1n << 19n;
const PAGE = 0x1000n;
/** Where the tests map the page they look at, and where their code runs. */
const VA = 0x40_0000_0000n - 0x20_0000n;
const S_CODE = BigInt(CODE_PA);
const U_CODE = 0x1_0000_0000n;

beforeEach(() => {
  hart.start();
  table = new PageTable(hart).mapRam();
  table.map(U_CODE, CODE_PA, PTE_USER);
});

type Access = "load" | "store" | "fetch";
const ACCESSES: Access[] = ["load", "store", "fetch"];
const PAGE_FAULT = { load: 13n, store: 15n, fetch: 12n };
const ACCESS_FAULT = { load: 5n, store: 7n, fetch: 1n };

/** Makes one access to `va` in `priv`; gives the cause of its trap, or "done". */
function access(kind: Access, va: bigint, priv = PRIV_S, mstatus = 0n): bigint | "done" {
  const code = priv === PRIV_U ? U_CODE : S_CODE;
  if (hart.priv !== PRIV_M) {
    hart.core.reset(1);
    throw new Error("Not in M-mode");
  }
  hart.setCsr(CSR.mstatus, (hart.csr(CSR.mstatus) & ~(SUM | MXR)) | mstatus);
  hart.place(CODE_PA, kind === "load" ? asm.ld(a0, 0, a1) : asm.sd(a0, 0, a1), asm.ecall());
  hart.x[a1] = va;
  hart.setCsr(CSR.satp, table.satp());
  hart.step(asm.sfence_vma(), CODE_PA + 0x100);
  hart.enter(priv, kind === "fetch" ? va : code).run(kind === "fetch" ? 1 : 2);
  if (hart.priv !== PRIV_M) {
    // A fetched instruction retired: come back by an ecall that every code page ends with.
    hart.run(1);
    expect(hart.priv).toBe(PRIV_M);
  }
  const { cause, tval, epc } = hart.trap();
  if (cause === 8n + BigInt(priv)) return "done";
  expect([hex(tval), hex(epc)]).toEqual([hex(va), hex(kind === "fetch" ? va : code)]);
  return cause;
}

const TARGET_PA = DATA_PA + 0x3000;
/** Code to land on: a nop and an ecall. */
const land = () => hart.place(TARGET_PA, asm.nop(), asm.ecall());

describe("permissions", () => {
  /** All sixteen combinations of R, W, X and U on a leaf. */
  const FLAGS = Array.from({ length: 16 }, (_, i) => BigInt(i) << 1n);
  const name = (flags: bigint) => ["R", "W", "X", "U"].filter((_, i) => flags & (2n << BigInt(i))).join("") || "none";

  /** What the manual's steps 3, 5 and 6 of the walk say [priv 12.3.2]. */
  function allowed(kind: Access, flags: bigint, priv: number, mstatus: bigint): boolean {
    const [r, w, x, u] = [PTE_R, PTE_W, PTE_X, PTE_U].map((f) => (flags & f) !== 0n);
    // A pointer at level 0 and the reserved W without R are faults.
    if ((!r && !x) || (!r && w)) return false;
    if (priv === PRIV_U && !u) return false;
    if (priv === PRIV_S && u && (kind === "fetch" || (mstatus & SUM) === 0n)) return false;
    if (kind === "load") return r! || (x! && (mstatus & MXR) !== 0n);
    return kind === "store" ? w! : x!;
  }

  for (const [mode, priv] of [
    ["S", PRIV_S],
    ["U", PRIV_U],
  ] as const) {
    for (const [bits, mstatus] of [
      ["", 0n],
      [" with SUM", SUM],
      [" with MXR", MXR],
      [" with SUM and MXR", SUM | MXR],
    ] as const) {
      test.each(ACCESSES)(`walk() decides every R, W, X, U for a %s in ${mode}-mode${bits}`, (kind) => {
        land();
        for (const flags of FLAGS) {
          table.map(VA, TARGET_PA, flags | PTE_V | PTE_A | PTE_D);
          const want = allowed(kind, flags, priv, mstatus) ? "done" : PAGE_FAULT[kind];
          expect([name(flags), access(kind, VA, priv, mstatus)]).toEqual([name(flags), want]);
          land();
        }
      });
    }
  }

  test("walk() raises a page fault of the access's kind when V is clear", () => {
    for (const kind of ACCESSES) {
      table.map(VA, TARGET_PA, PTE_KERNEL & ~PTE_V);
      expect(access(kind, VA)).toBe(PAGE_FAULT[kind]);
    }
  });

  test("AMOs and sc raise store page faults, lr load page faults", () => {
    table.map(VA, TARGET_PA, PTE_V | PTE_R | PTE_A | PTE_D);
    for (const [insn, cause] of [
      [asm.amoadd_d(a0, a0, a1), 15n],
      [asm.amoswap_w(a0, a0, a1), 15n],
      [asm.sc_d(a0, a0, a1), 15n],
      [asm.amocas_d(a0, a0, a1), 15n],
      [asm.cbo_zero(a1), 15n],
    ] as const) {
      hart.setCsr(CSR.menvcfg, hart.csr(CSR.menvcfg) | 0xf0n);
      hart.place(CODE_PA, insn);
      hart.x[a1] = VA;
      table.enter(S_CODE).run(1);
      expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause, tval: VA });
    }
    table.map(VA, TARGET_PA, PTE_V | PTE_X | PTE_A | PTE_D);
    hart.step(asm.sfence_vma());
    hart.place(CODE_PA, asm.lr_d(a0, a1));
    table.enter(S_CODE).run(1);
    expect(hart.trap()).toMatchObject({ cause: 13n, tval: VA });
  });

  test("cbo.clean(), flush() and inval() need any permission to load or store, and report store page faults", () => {
    hart.setCsr(CSR.menvcfg, hart.csr(CSR.menvcfg) | 0xf0n);
    for (const [flags, want] of [
      [PTE_R, PRIV_S],
      [PTE_R | PTE_W, PRIV_S],
      [0n, PRIV_M],
    ] as const) {
      for (const insn of [asm.cbo_clean(a1), asm.cbo_flush(a1), asm.cbo_inval(a1)]) {
        hart.start();
        hart.setCsr(CSR.menvcfg, hart.csr(CSR.menvcfg) | 0xf0n);
        table = new PageTable(hart).mapRam();
        table.map(VA, TARGET_PA, flags | PTE_V | PTE_A | PTE_D);
        hart.place(CODE_PA, insn);
        hart.x[a1] = VA;
        table.enter(S_CODE).run(1);
        expect(hart.priv).toBe(want);
        if (want === PRIV_M) expect(hart.trap()).toMatchObject({ cause: 15n });
      }
    }
  });

  test("G is ignored by the walk", () => {
    table.map(VA, TARGET_PA, PTE_KERNEL | PTE_G);
    expect(access("load", VA)).toBe("done");
  });

  test("the two bits for software change nothing", () => {
    table.map(VA, TARGET_PA, PTE_KERNEL | (3n << 8n));
    expect(access("store", VA)).toBe("done");
    expect(table.pte(VA) & (3n << 8n)).toBe(3n << 8n);
  });

  test("M-mode ignores satp", () => {
    hart.setCsr(CSR.satp, table.satp());
    hart.x[a1] = BigInt(DATA_PA);
    expect(hart.step(asm.sd(a1, 0, a1))).toBe(true);
    hart.x[a1] = VA;
    expect(hart.step(asm.ld(a0, 0, a1))).toBe(false);
    expect(hart.trap().cause).toBe(5n);
  });

  test("a mapped address is its physical place", () => {
    table.map(VA, TARGET_PA, PTE_KERNEL);
    hart.setU64(TARGET_PA + 8, 0x1122n);
    hart.x[a0] = 0x5566n;
    expect(access("store", VA)).toBe("done");
    expect(hart.u64(TARGET_PA)).toBe(0x5566n);
    expect(access("load", VA + 8n)).toBe("done");
    expect(hart.x[a0]).toBe(0x1122n);
  });
});

describe("reserved encodings", () => {
  test.each([54n, 55n, 57n, 60n])("walk() raises a page fault when reserved bit %i of a leaf is set", (bit) => {
    for (const kind of ACCESSES) {
      table.map(VA, TARGET_PA, PTE_KERNEL | (1n << bit));
      expect(access(kind, VA)).toBe(PAGE_FAULT[kind]);
    }
  });

  test.each([
    ["U", PTE_U],
    ["A", PTE_A],
    ["D", PTE_D],
    ["N", pages.PTE_N],
    ["PBMT", pages.PTE_PBMT],
    ["bit 54", 1n << 54n],
  ])("walk() raises a page fault when a pointer has %s set", (_, flag) => {
    land();
    table.map(VA, TARGET_PA, PTE_KERNEL);
    const at = table.pteAt(VA, 1);
    hart.setU64(at, hart.u64(at) | flag);
    for (const kind of ACCESSES) expect(access(kind, VA)).toBe(PAGE_FAULT[kind]);
  });

  test("walk() raises a page fault when a pointer stands at level 0", () => {
    table.map(VA, TARGET_PA, PTE_V);
    for (const kind of ACCESSES) expect(access(kind, VA)).toBe(PAGE_FAULT[kind]);
  });

  test("walk() raises an access fault when a table lies outside of RAM", () => {
    table.map(VA, TARGET_PA, PTE_KERNEL);
    for (const pa of [0x4000_0000n, 0x1000_0000n, 1n << 50n]) {
      hart.setU64(table.pteAt(VA, 1), ((pa >> 12n) << 10n) | PTE_V);
      for (const kind of ACCESSES) expect(access(kind, VA)).toBe(ACCESS_FAULT[kind]);
    }
  });

  test("walk() raises an access fault when the root lies outside of RAM", () => {
    hart.place(CODE_PA, asm.nop());
    hart.setCsr(CSR.satp, (8n << 60n) | 0x4_0000n);
    hart.enter(PRIV_S, S_CODE).run(1);
    expect(hart.trap()).toMatchObject({ priv: PRIV_M, cause: 1n, tval: S_CODE });
  });

  test("a leaf that points outside of RAM gives an access fault", () => {
    table.map(VA, 0x4000_0000n, PTE_KERNEL);
    for (const kind of ACCESSES) expect(access(kind, VA)).toBe(ACCESS_FAULT[kind]);
    table.map(VA, (1n << 56n) - PAGE, PTE_KERNEL);
    for (const kind of ACCESSES) expect(access(kind, VA)).toBe(ACCESS_FAULT[kind]);
  });
});

describe("superpages", () => {
  for (const [levels, top] of [
    [3, 2],
    [4, 3],
  ] as const) {
    test(`a leaf maps 4 KiB, 2 MiB, 1 GiB${levels === 4 ? ", 512 GiB" : ""} in Sv${levels === 3 ? 39 : 48}`, () => {
      for (let level = 0; level <= Math.min(top, 2); level++) {
        hart.start();
        table = new PageTable(hart, levels).mapRam();
        const size = 1n << BigInt(12 + 9 * level);
        const va = 5n * (1n << 30n) + (level === 0 ? PAGE : 0n);
        const base = (BigInt(DATA_PA) / size) * size;
        table.map(va, base, PTE_KERNEL, level);
        hart.setU64(DATA_PA + 0x18, 0x77n);
        expect(access("load", va + (BigInt(DATA_PA) - base) + 0x18n)).toBe("done");
        expect([level, hart.x[a0]]).toEqual([level, 0x77n]);
        hart.x[a0] = 0x99n;
        expect(access("store", va + (BigInt(DATA_PA) - base) + 0x20n)).toBe("done");
        expect(hart.u64(DATA_PA + 0x20)).toBe(0x99n);
      }
    });
  }

  test("walk() raises a page fault when a superpage is misaligned", () => {
    for (const [level, pa] of [
      [1, DATA_PA + 0x1000],
      [1, DATA_PA + 0x10_0000],
      [2, DATA_PA],
    ] as const) {
      const va = 7n << 30n;
      table.map(va, pa, PTE_KERNEL, level);
      for (const kind of ACCESSES) expect(access(kind, va)).toBe(PAGE_FAULT[kind]);
      hart.setU64(table.pteAt(va, 2), 0n);
      hart.step(asm.sfence_vma(), CODE_PA + 0x100);
    }
  });

  test("the pages of a superpage are all there", () => {
    table.map(VA, DATA_PA, PTE_KERNEL, 1);
    for (const offset of [0n, 0x1000n, 0x1f_f000n]) {
      hart.x[a0] = offset + 1n;
      expect(access("store", VA + offset)).toBe("done");
      expect(hart.u64(DATA_PA + Number(offset))).toBe(offset + 1n);
    }
  });
});

describe("canonical addresses", () => {
  const CASES = [
    ["Sv39", 3, 38n],
    ["Sv48", 4, 47n],
  ] as const;
  test.each(CASES)("%s wants the upper bits equal to the sign of the address", (_, levels, sign) => {
    hart.start();
    table = new PageTable(hart, levels).mapRam();
    const low = (1n << sign) - PAGE;
    const high = u64(-(1n << sign));
    land();
    table.map(low, TARGET_PA, PTE_KERNEL);
    table.map(high, TARGET_PA, PTE_KERNEL);
    for (const kind of ACCESSES) {
      expect(access(kind, low)).toBe("done");
      land();
      expect(access(kind, high)).toBe("done");
      land();
      for (const bad of [
        1n << sign,
        u64(high - PAGE),
        low | (1n << 63n),
        high & ~(1n << 63n),
        low | (1n << (sign + 1n)),
      ]) {
        expect([hex(bad), access(kind, bad)]).toEqual([hex(bad), PAGE_FAULT[kind]]);
      }
    }
  });
});

describe("satp", () => {
  const write = (value: bigint) => {
    hart.x[a1] = value;
    hart.step(asm.csrw(CSR.satp, a1));
    return hart.csr(CSR.satp);
  };

  test("takes Bare, Sv39 and Sv48; a write of any other mode changes nothing [priv 12.1.11]", () => {
    expect(write((9n << 60n) | 5n) >> 60n).toBe(9n);
    for (const mode of [1n, 2n, 7n, 10n, 11n, 15n]) expect(write((mode << 60n) | 7n)).toBe(hart.csr(CSR.satp));
    expect(hart.csr(CSR.satp) & 0xfff_ffff_ffffn).toBe(5n);
    expect(write((8n << 60n) | 6n) >> 60n).toBe(8n);
    expect(write(0n)).toBe(0n);
  });

  test("keeps 44 bits of page number and an ASID of up to 16 bits", () => {
    const value = write((8n << 60n) | (0xffffn << 44n) | 0xfff_ffff_ffffn);
    expect(value & 0xfff_ffff_ffffn).toBe(0xfff_ffff_ffffn);
    const asid = (value >> 44n) & 0xffffn;
    // Implemented bits are the lowest ones.
    expect(asid & (asid + 1n)).toBe(0n);
  });

  test("Bare means physical addresses in S-mode and U-mode", () => {
    for (const priv of [PRIV_S, PRIV_U]) {
      hart.setCsr(CSR.satp, 0);
      hart.place(CODE_PA, asm.ld(a0, 0, a1), asm.ecall());
      hart.x[a1] = BigInt(DATA_PA);
      hart.setU64(DATA_PA, 0x42n);
      hart.enter(priv, S_CODE).run(2);
      expect([hart.x[a0], hart.trap().cause]).toEqual([0x42n, 8n + BigInt(priv)]);
    }
  });

  test("a switch of satp in S-mode is followed by fetches from the new space after sfence.vma", () => {
    const other = new PageTable(hart, 3, table.root + 0x10_0000).mapRam();
    other.map(VA, DATA_PA + 0x5000, PTE_KERNEL);
    table.map(VA, TARGET_PA, PTE_KERNEL);
    hart.setU64(TARGET_PA, 1n);
    hart.setU64(DATA_PA + 0x5000, 2n);
    const p = hart.place(
      CODE_PA,
      ...[asm.ld(asm.s0, 0, a1), asm.csrw(CSR.satp, asm.a2), asm.sfence_vma(), asm.ld(asm.s1, 0, a1)],
      ...[asm.csrw(CSR.satp, asm.a3), asm.sfence_vma(), asm.ld(asm.s2, 0, a1), asm.label("done"), asm.j("done")],
    );
    hart.x[a1] = VA;
    hart.x[asm.a2] = other.satp(1);
    hart.x[asm.a3] = table.satp();
    table.enter(S_CODE).runTo(p);
    expect([hart.x[asm.s0], hart.x[asm.s1], hart.x[asm.s2]]).toEqual([1n, 2n, 1n]);
  });
});
