/*
 * Operations: what the guest asks of the host when it gives control back.
 *
 * A device notes what it wants here; the interpreter leaves at the end of the instruction and the world switch returns it. An operation that is
 * noted already is never overwritten by a mere wish to have text shown.
 */

import {
  OP_NOTIFY,
  OP_TEXT,
  PASSAGE_COUNTS,
  PASSAGE_OPERATION,
  PASSAGE_P0,
  PASSAGE_P1,
  PASSAGE_P2,
  PASSAGE_PTR,
} from "../abi";
import { hart, NO_OPERATION } from "../hart/hart";

/** Notes an operation with its parameters (abi.ts, OP_*). */
export function ask(operation: u32, p0: u32, p1: u32, p2: u32): void {
  if (operation == OP_TEXT && hart.operation != NO_OPERATION) return;
  hart.operation = operation;
  store<u32>(PASSAGE_PTR, p0, PASSAGE_P0);
  store<u32>(PASSAGE_PTR, p1, PASSAGE_P1);
  store<u32>(PASSAGE_PTR, p2, PASSAGE_P2);
}

/** Gives control back for a notification. */
export function askToNotify(): void {
  ask(OP_NOTIFY, 0, 0, 0);
}

/** Counts in one of the passage page's u64 counters. */
export function count(counter: u32, by: u64): void {
  store<u64>(PASSAGE_PTR + counter, load<u64>(PASSAGE_PTR + counter) + by);
}

/** Completes the passage page for a return with `operation`. */
export function giveBack(operation: u32): u32 {
  hart.operation = NO_OPERATION;
  store<u32>(PASSAGE_PTR, operation, PASSAGE_OPERATION);
  count(PASSAGE_COUNTS + (operation << 3), 1);
  return operation;
}
