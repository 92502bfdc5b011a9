/*
 * The text ring: console text of the UART and of the SBI on its way to the host.
 *
 * The host drains it after every run; past the half the guest gives control back for it, so that it never overflows.
 */

import { OP_TEXT, TEXT_BYTES, TEXT_HEAD, TEXT_PTR, TEXT_SIZE, TEXT_TAIL } from "../abi";
import { ask } from "../world/operation";

function used(): u32 {
  return load<u32>(TEXT_PTR, TEXT_HEAD) - load<u32>(TEXT_PTR, TEXT_TAIL);
}

/** How many bytes the ring still takes. */
export function textRoom(): u32 {
  return TEXT_SIZE - used();
}

/** Appends one byte; one that does not fit any more is lost, as on a wire that nobody reads. */
export function putText(byte: u8): void {
  if (textRoom() == 0) return;
  const head = load<u32>(TEXT_PTR, TEXT_HEAD);
  store<u8>(TEXT_PTR + (head & (TEXT_SIZE - 1)), byte, TEXT_BYTES);
  store<u32>(TEXT_PTR, head + 1, TEXT_HEAD);
  if (used() >= TEXT_SIZE / 2) ask(OP_TEXT, 0, 0, 0);
}

export function resetText(): void {
  store<u32>(TEXT_PTR, 0, TEXT_HEAD);
  store<u32>(TEXT_PTR, 0, TEXT_TAIL);
}
