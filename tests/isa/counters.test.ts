/*
 * Zicntr and Zihpm: what counts, who may read it, inhibition and writing [priv 3.1.10 to 3.1.12; unpriv 7].
 */

import { beforeEach, describe, expect, test } from "vitest";
import { PASSAGE_NOW, PASSAGE_RATE, PASSAGE_TIME } from "../../assembly/abi.js";
import * as asm from "../support/assembler.js";
import { a0, a1, CSR, HPM, zero } from "../support/assembler.js";
import { CODE_PA, Hart, PRIV_S, PRIV_U } from "../support/hart.js";
import { u64 } from "../support/integers.js";

const hart = new Hart();
beforeEach(() => {
  hart.start();
});

describe("instret and cycle", () => {
  test("minstret counts retired instructions exactly", () => {
    hart.place(CODE_PA, Array(200).fill(asm.nop()));
    for (const n of [1, 7, 100]) {
      const start = hart.csr(CSR.minstret);
      hart.run(n);
      expect(u64(hart.csr(CSR.minstret) - start)).toBe(BigInt(n));
    }
  });

  test("two reads are as far apart as the instructions between them", () => {
    hart.place(CODE_PA, asm.csrr(a0, CSR.instret), asm.nop(), asm.c.nop(), asm.csrr(a1, CSR.instret));
    hart.run(4);
    expect(hart.x[a1]! - hart.x[a0]!).toBe(3n);
  });

  test("a read inside a long run is exact", () => {
    const p = hart.place(
      CODE_PA,
      ...[
        asm.csrr(a0, CSR.minstret),
        asm.li(asm.t0, 1000),
        asm.label("loop"),
        asm.addi(asm.t0, asm.t0, -1),
        asm.bnez(asm.t0, "loop"),
      ],
      ...[asm.csrr(a1, CSR.minstret), asm.label("done"), asm.j("done")],
    );
    hart.runTo(p);
    expect(hart.x[a1]! - hart.x[a0]!).toBe(2002n);
  });

  test("a trapping instruction does not count", () => {
    hart.place(CODE_PA, asm.csrr(a0, CSR.instret), asm.ecall());
    hart.place(Number(hart.csr(CSR.mtvec)), asm.csrr(a1, CSR.instret));
    hart.run(3);
    expect(hart.x[a1]! - hart.x[a0]!).toBe(1n);
  });

  test("minstret and mcycle can be written, and go on from there", () => {
    hart.x[a0] = 1_000_000n;
    hart.place(
      CODE_PA,
      asm.csrw(CSR.minstret, a0),
      asm.csrr(a1, CSR.minstret),
      asm.csrw(CSR.mcycle, a0),
      asm.csrr(asm.a2, CSR.cycle),
    );
    hart.run(4);
    // The written value is what the next instruction reads [priv 3.1.11].
    expect(hart.x[a1]).toBe(1_000_000n);
    expect(hart.x[asm.a2]! - 1_000_000n).toBeLessThan(10n);
  });

  test("mcountinhibit stops cycle and instret, each by its bit", () => {
    const difference = (inhibited: number, counter: number) => {
      hart.start();
      const p = hart.place(
        CODE_PA,
        ...[
          asm.csrwi(CSR.mcountinhibit, inhibited),
          asm.csrr(a0, counter),
          Array(10).fill(asm.nop()),
          asm.csrr(a1, counter),
        ],
        ...[asm.label("done"), asm.j("done")],
      );
      hart.runTo(p);
      return hart.x[a1]! - hart.x[a0]!;
    };
    expect([difference(4, CSR.minstret), difference(4, CSR.mcycle)]).toEqual([0n, 11n]);
    expect([difference(1, CSR.minstret), difference(1, CSR.mcycle)]).toEqual([11n, 0n]);
    expect([difference(5, CSR.instret), difference(5, CSR.cycle)]).toEqual([0n, 0n]);
  });

  test("a counter goes on from where it was inhibited", () => {
    const stop = [asm.csrr(a0, CSR.minstret), asm.csrwi(CSR.mcountinhibit, 4), Array(50).fill(asm.nop())];
    const p = hart.place(
      CODE_PA,
      ...stop,
      asm.csrwi(CSR.mcountinhibit, 0),
      asm.csrr(a1, CSR.minstret),
      asm.label("done"),
      asm.j("done"),
    );
    hart.runTo(p);
    expect(hart.x[a1]! - hart.x[a0]!).toBeLessThanOrEqual(3n);
  });
});

describe("time", () => {
  /** Guest time goes on over a reset, so every test starts from where it is. */
  const now = () => hart.passage(PASSAGE_TIME);

  test("time is what the host says at the start of a slice", () => {
    hart.setPassage(PASSAGE_NOW, now() + 123_456n);
    hart.step(asm.csrr(a0, CSR.time));
    expect(hart.x[a0]).toBe(hart.passage(PASSAGE_NOW));
  });

  test("time advances by the rate inside a slice", () => {
    hart.setPassage(PASSAGE_RATE, 1n << 31n);
    hart.place(CODE_PA, asm.csrr(a0, CSR.time), Array(99).fill(asm.nop()), asm.csrr(a1, CSR.time));
    hart.run(101);
    expect(hart.x[a1]! - hart.x[a0]!).toBe(50n);
  });

  test("time never goes back, whatever the host says", () => {
    const later = now() + 1000n;
    hart.setPassage(PASSAGE_NOW, later);
    hart.step(asm.csrr(a0, CSR.time));
    hart.setPassage(PASSAGE_NOW, 10n);
    hart.step(asm.csrr(a1, CSR.time));
    expect(hart.x[a1]).toBe(later);
  });

  test("time does not depend on how runs are sliced", () => {
    const body = Array(500).fill(asm.nop());
    const read = (slice: number) => {
      hart.start();
      hart.setPassage(PASSAGE_RATE, 0x1234_5678n);
      hart.place(CODE_PA, asm.csrr(a1, CSR.time), body, asm.csrr(a0, CSR.time));
      for (let left = 502; left > 0; left -= slice) hart.run(Math.min(slice, left));
      return hart.x[a0]! - hart.x[a1]!;
    };
    const whole = read(502);
    expect(whole).toBe((501n * 0x1234_5678n) >> 32n);
    expect([read(1), read(7), read(250)]).toEqual([whole, whole, whole]);
  });
});

describe("counter enables", () => {
  const COUNTERS: [string, number, bigint][] = [
    ["cycle", CSR.cycle, 1n],
    ["time", CSR.time, 2n],
    ["instret", CSR.instret, 4n],
    ["hpmcounter3", HPM.hpmcounter3!, 8n],
    ["hpmcounter31", HPM.hpmcounter31!, 1n << 31n],
  ];
  const reads = (priv: number, csr: number, mcounteren: bigint, scounteren: bigint) => {
    hart.start();
    hart.setCsr(CSR.mcounteren, mcounteren);
    hart.setCsr(CSR.scounteren, scounteren);
    hart.place(CODE_PA, asm.csrr(a0, csr));
    hart.enter(priv, CODE_PA).run(1);
    return hart.priv === priv;
  };

  test.each(COUNTERS.slice(0, 3))("%s needs mcounteren in S-mode, scounteren as well in U-mode", (_, csr, bit) => {
    expect(reads(PRIV_S, csr, bit, 0n)).toBe(true);
    expect(reads(PRIV_S, csr, 0n, bit)).toBe(false);
    expect(reads(PRIV_U, csr, bit, bit)).toBe(true);
    expect(reads(PRIV_U, csr, bit, 0n)).toBe(false);
    expect(reads(PRIV_U, csr, 0n, bit)).toBe(false);
  });

  test.each(COUNTERS.slice(3))("%s is illegal below M-mode while mcounteren's bit is clear", (_, csr) => {
    expect(reads(PRIV_S, csr, 7n, 7n)).toBe(false);
    expect(reads(PRIV_U, csr, 7n, 7n)).toBe(false);
  });

  test("performance counters and events read as numbers and take writes without a trap", () => {
    for (let n = 3; n < 32; n++) {
      expect(hart.step(asm.csrrw(a0, HPM[`mhpmcounter${n}`]!, zero))).toBe(true);
      expect(hart.step(asm.csrrw(a0, HPM[`mhpmevent${n}`]!, zero))).toBe(true);
    }
  });
});
