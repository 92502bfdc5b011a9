/*
 * What the comparison has found in our core, each as the smallest program that shows it. They run on both machines like the random ones.
 */

import * as asm from "../support/assembler.js";
import { CSR, t0, t1, t2, t3, zero } from "../support/assembler.js";
import type { Draft } from "./case.js";
import { DATA } from "./layout.js";

export interface Regression {
  /** What must hold, as a test's title. */
  readonly title: string;
  /** The seeds and profiles that found it, for the record. */
  readonly found: string;
  readonly program: (draft: Draft) => void;
}

const STCE = 1n << 63n;
const STIP = 0x20;
const NA4_WITHOUT_RIGHTS = 0x10;

export const REGRESSIONS: readonly Regression[] = [
  {
    title: "mip.STIP is the comparator's alone while menvcfg.STCE is set [priv 3.1.9]",
    found: "148, 154 (privileged)",
    program({ stream }) {
      stream.emit(asm.csrrw(zero, CSR.menvcfg, zero), asm.addi(t0, zero, STIP), asm.csrrs(zero, CSR.mip, t0));
      stream.emit(asm.addi(t1, zero, -1), asm.csrrw(zero, CSR.stimecmp, t1));
      stream.emit(...asm.li(t1, STCE), asm.csrrw(zero, CSR.menvcfg, t1), asm.csrrs(t2, CSR.mip, zero));
    },
  },
  {
    title: "an access that a PMP entry matches in part fails in M-mode, locked or not [priv 3.7.1.3]",
    found: "23, 71, 103 (protection)",
    program({ stream, pa }) {
      stream.emit(...asm.li(t0, pa + DATA), ...asm.li(t1, (pa + DATA) / 4), asm.csrrw(zero, CSR.pmpaddr0, t1));
      stream.emit(asm.addi(t1, zero, NA4_WITHOUT_RIGHTS), asm.csrrw(zero, CSR.pmpcfg0, t1));
      stream.emit(asm.lw(t2, 0, t0), asm.ld(t3, 0, t0), asm.sd(t0, 0, t0), asm.amoadd_d(t3, t0, t0), asm.ld(t3, 8, t0));
    },
  },
];
