/*
 * How control goes on after an instruction, as far as a compiled unit knows.
 */

import { Op } from "../isa/opcodes";
import { isFloatCompiled } from "./float";
import { isSystemCompiled } from "./system";

export enum Flow {
  /** To the next instruction. */
  NEXT,
  /** A branch inside its page, and one that leaves it when taken. */
  BRANCH,
  BRANCH_FAR,
  /** A jump inside its page, and one that leaves it. */
  JUMP,
  JUMP_FAR,
  /** The same with a link register written. */
  CALL,
  CALL_FAR,
  /** To where a register says. */
  INDIRECT,
  CALL_INDIRECT,
  /** The interpreter executes the instruction. */
  STEP,
}

/** Length of the instruction in bytes. */
export function lengthOf(op: Op): u32 {
  return op >= Op.C_NOP && op <= Op.C_EBREAK ? 2 : 4;
}

/** How it goes on after the instruction in the slot at `dp`. */
export function flowOf(dp: u32): Flow {
  const op = <Op>load<u16>(dp);
  if (op >= Op.BEQ && op <= Op.BGEU) return Flow.BRANCH;
  if (op >= Op.BEQ_FAR && op <= Op.BGEU_FAR) return Flow.BRANCH_FAR;
  if (op >= Op.FADD_S && op <= Op.FLOAT) return isFloatCompiled(dp) ? Flow.NEXT : Flow.STEP;
  switch (<i32>op) {
    case Op.C_BEQZ:
    case Op.C_BNEZ:
      return Flow.BRANCH;
    case Op.C_BEQZ_FAR:
    case Op.C_BNEZ_FAR:
      return Flow.BRANCH_FAR;
    case Op.J:
    case Op.C_J:
      return Flow.JUMP;
    case Op.J_FAR:
    case Op.C_J_FAR:
      return Flow.JUMP_FAR;
    case Op.JAL:
      return Flow.CALL;
    case Op.JAL_FAR:
      return Flow.CALL_FAR;
    case Op.JR:
    case Op.C_JR:
      return Flow.INDIRECT;
    case Op.JALR:
    case Op.C_JALR:
      return Flow.CALL_INDIRECT;
    case Op.LOAD_DISCARD:
    case Op.C_EBREAK:
      return Flow.STEP;
    default:
      if (op < Op.AMOCAS_Q || op > Op.CBO_ZERO) return Flow.NEXT;
      return isSystemCompiled(dp) ? Flow.NEXT : Flow.STEP;
  }
}
