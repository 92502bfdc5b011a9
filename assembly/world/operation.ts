/*
 * Operations: what the guest asks of the host when it gives control back.
 *
 * A device notes what it wants here; the interpreter leaves at the end of the instruction and the world switch returns it. An operation that is
 * noted already is never overwritten by a mere wish to have text shown.
 */

import { OP_TEXT, PASSAGE_COUNTS, PASSAGE_OPERATION, PASSAGE_P0, PASSAGE_P1, PASSAGE_P2, PASSAGE_PTR } from "../abi";
import { hart, NO_OPERATION } from "../hart/hart";

/** Notes an operation with its parameters (abi.ts, OP_*). */
export function ask(operation: u32, p0: u32, p1: u32, p2: u32): void {
  if (operation == OP_TEXT && hart.operation != NO_OPERATION) return;
  hart.operation = operation;
  store<u32>(PASSAGE_PTR, p0, PASSAGE_P0);
  store<u32>(PASSAGE_PTR, p1, PASSAGE_P1);
  store<u32>(PASSAGE_PTR, p2, PASSAGE_P2);
}

/** Completes the passage page for a return with `operation`. */
export function giveBack(operation: u32): u32 {
  hart.operation = NO_OPERATION;
  store<u32>(PASSAGE_PTR, operation, PASSAGE_OPERATION);
  const count = PASSAGE_PTR + (operation << 3);
  store<u64>(count, load<u64>(count, PASSAGE_COUNTS) + 1, PASSAGE_COUNTS);
  return operation;
}
