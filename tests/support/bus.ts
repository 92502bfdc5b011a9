/*
 * Device registers as a driver sees them: each access is a load or store instruction of the guest in M-mode.
 *
 * The hart keeps its registers and its pc; the operation of the access is what `run` returned.
 */

import { type Item, lbu, ld, lhu, lwu, sb, sd, sh, sw, t5, t6 } from "./assembler.js";
import { type Hart, M_TRAP_PA, PRIV_M } from "./hart.js";

/** Out of the way of the tests' programs. */
const BUS_CODE_PA = 0x8050_0000;

export class Bus {
  /** What `run` returned for the last access. */
  operation = 0;

  constructor(readonly hart: Hart) {}

  read8 = (pa: number) => Number(this.load(lbu(t6, 0, t5), pa));
  read16 = (pa: number) => Number(this.load(lhu(t6, 0, t5), pa));
  read32 = (pa: number) => Number(this.load(lwu(t6, 0, t5), pa));
  read64 = (pa: number) => this.load(ld(t6, 0, t5), pa);
  write8 = (pa: number, value: number) => this.store(sb(t6, 0, t5), pa, BigInt(value));
  write16 = (pa: number, value: number) => this.store(sh(t6, 0, t5), pa, BigInt(value));
  write32 = (pa: number, value: number) => this.store(sw(t6, 0, t5), pa, BigInt(value));
  write64 = (pa: number, value: bigint) => this.store(sd(t6, 0, t5), pa, value);

  private load(insn: Item, pa: number): bigint {
    return this.access(insn, pa, 0n);
  }

  private store(insn: Item, pa: number, value: bigint): number {
    this.access(insn, pa, value);
    return this.operation;
  }

  private access(insn: Item, pa: number, value: bigint): bigint {
    const { hart } = this;
    if (hart.priv !== PRIV_M) throw new Error(`A bus access starts from M-mode, the hart is in mode ${hart.priv}`);
    const saved = { pc: hart.pc, t5: hart.x[t5]!, t6: hart.x[t6]! };
    hart.place(BUS_CODE_PA, insn);
    hart.x[t5] = BigInt(pa);
    hart.x[t6] = BigInt.asUintN(64, value);
    hart.pc = BUS_CODE_PA;
    this.operation = hart.run(1);
    if (hart.pc === BigInt(M_TRAP_PA))
      throw new Error(`The access to 0x${pa.toString(16)} trapped: ${hart.describe()}`);
    const result = hart.x[t6]!;
    hart.x[t5] = saved.t5;
    hart.x[t6] = saved.t6;
    hart.pc = saved.pc;
    return result;
  }
}
