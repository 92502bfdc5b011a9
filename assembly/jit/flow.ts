/*
 * How control goes on after an instruction, as far as a compiled unit knows.
 */

import { Op } from "../isa/opcodes";

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

export function flowOf(op: Op): Flow {
  if (op >= Op.BEQ && op <= Op.BGEU) return Flow.BRANCH;
  if (op >= Op.BEQ_FAR && op <= Op.BGEU_FAR) return Flow.BRANCH_FAR;
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
    case Op.FADD_S:
    case Op.FSUB_S:
    case Op.FMUL_S:
    case Op.FDIV_S:
    case Op.FADD_D:
    case Op.FSUB_D:
    case Op.FMUL_D:
    case Op.FDIV_D:
    case Op.FSGNJ_D:
    case Op.FMV_X_D:
    case Op.FMV_D_X:
    case Op.FLOAT:
    case Op.FLW:
    case Op.FLD:
    case Op.FSW:
    case Op.FSD:
    case Op.C_FLD:
    case Op.C_FSD:
      return Flow.STEP;
    default:
      return op >= Op.LR_W && op <= Op.CBO_ZERO ? Flow.STEP : Flow.NEXT;
  }
}
