/*
 * Decoding of straight-line code: from a slot that is reached undecoded to the next instruction that may jump.
 *
 * What is decoded here is executed, unless it traps, so nothing is decoded in vain.
 */

import { decode } from "./decode";
import { Op } from "./opcodes";
import { pageRam } from "./pages";

const PAGE_END_OFFSET: u32 = 4096;
const CROSSING_OFFSET: u32 = 4094;

/** Replaces the DECODE slot at `dp` and those after it by what lies in memory; `base` is their page. */
export function decodeRun(base: u32, dp: u32): void {
  let offset = (dp - base) >>> 2;
  while (offset < PAGE_END_OFFSET && load<u16>(dp) == <u16>Op.DECODE) {
    const length = decodeSlot(base, dp, offset);
    const op = <Op>load<u16>(dp);
    if (mayJump(op)) return;
    offset += length;
    dp += length << 2;
  }
}

/** Decodes one slot and returns the instruction's length in bytes. */
function decodeSlot(base: u32, dp: u32, offset: u32): u32 {
  const ram = pageRam(base) + offset;
  const low = <u32>load<u16>(ram);
  if ((low & 3) != 3) {
    decode(low, dp, offset, true);
    return 2;
  }
  if (offset == CROSSING_OFFSET) store<u16>(dp, <u16>Op.CROSS);
  else decode(load<u32>(ram), dp, offset, true);
  return 4;
}

/** Whether what follows the instruction may not be executed after it. */
function mayJump(op: Op): bool {
  return (
    op <= Op.ILLEGAL ||
    (op >= Op.BEQ && op <= Op.JALR) ||
    (op >= Op.C_BEQZ && op <= Op.C_JALR) ||
    op == Op.C_EBREAK ||
    (op >= Op.ECALL && op <= Op.WFI)
  );
}
