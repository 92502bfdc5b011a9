/*
 * How control goes on after an instruction, as far as a compiled unit knows.
 */

import { Op } from "../isa/opcodes";
import { imm } from "../isa/slot";
import { isFloatCompiled } from "./float";
import { isSystemCompiled } from "./system";

export enum Flow {
  /** To the next instruction. */
  NEXT,
  BRANCH,
  JUMP,
  /** A jump with a link register written. */
  CALL,
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
  if (op >= Op.BEQ_FAR && op <= Op.BGEU_FAR) return Flow.BRANCH;
  if (op >= Op.FADD_S && op <= Op.FLOAT) return isFloatCompiled(dp) ? Flow.NEXT : Flow.STEP;
  switch (<i32>op) {
    case Op.C_BEQZ:
    case Op.C_BNEZ:
    case Op.C_BEQZ_FAR:
    case Op.C_BNEZ_FAR:
      return Flow.BRANCH;
    case Op.J:
    case Op.C_J:
    case Op.J_FAR:
    case Op.C_J_FAR:
      return Flow.JUMP;
    case Op.JAL:
    case Op.JAL_FAR:
      return Flow.CALL;
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

/** How far the branch or jump in the slot at `dp` goes, in bytes. */
export function distanceOf(dp: u32): u32 {
  const op = <Op>load<u16>(dp);
  return isFar(op) ? <u32>imm(dp) : <u32>(imm(dp) >> 2);
}

/** Whether the immediate is the instruction's, and no distance between slots [isa/slot.ts]. */
function isFar(op: Op): bool {
  switch (<i32>op) {
    case Op.C_BEQZ_FAR:
    case Op.C_BNEZ_FAR:
    case Op.J_FAR:
    case Op.C_J_FAR:
    case Op.JAL_FAR:
      return true;
    default:
      return op >= Op.BEQ_FAR && op <= Op.BGEU_FAR;
  }
}
