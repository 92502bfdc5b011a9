/*
 * What a unit may hold: the code of its page and of the page behind it, by its distance from where the first begins. An instruction that lies in both belongs to the second.
 *
 * A unit is found by the frame of its own page, which does not say what is behind it in virtual memory, nor does a store there take the unit away. So a unit that goes on in the second
 * page looks once, where it begins, whether that is still mapped and still what it was compiled from; if not it ends at the border. While it runs neither can change: it has no write
 * access to code, and what changes translations is the interpreter's.
 */

import { EMIT_PTR } from "../abi";
import { decode } from "../isa/decode";
import { ageAt, isOwned, pageRam } from "../isa/pages";
import { FETCH_INDEX_MASK, FETCH_INDEX_SHIFT, FETCH_PAGE } from "../mmu/tlb";
import { access, get, i32Const, i64Const, op, set, tee, Wasm } from "./bytes";
import { HART_FETCH_TLB } from "./fields";
import { LOCAL_A, LOCAL_ENTRY, LOCAL_PAGE, LOCAL_WHOLE, pushField } from "./locals";

const PAGE_BYTES: u32 = 4096;
/** Where the last instruction of a page begins. */
const LAST: u32 = PAGE_BYTES - 2;
/** The slot of the instruction that lies in both pages. */
const BETWEEN_PTR: u32 = EMIT_PTR + 0x3_8000;

let page: u32 = 0;
/** 0 when there is none. */
let second: u32 = 0;
/** Where the second page's instructions begin. */
let border: u32 = 0;
let crossed: bool = false;

/** The unit's page, and the decoded page that was behind it when it was asked for, or 0. */
export function startWindow(decoded: u32, behind: u32): void {
  page = decoded;
  second = behind != 0 && isOwned(behind) ? behind : 0;
  border = PAGE_BYTES;
  crossed = false;
  if (second == 0) return;
  const low = <u32>load<u16>(pageRam(page) + LAST);
  if ((low & 3) != 3) return;
  border = LAST;
  decode(low | ((<u32>load<u16>(pageRam(second))) << 16), BETWEEN_PTR, 0, false);
}

/** Whether an instruction at `offset` can be part of the unit. */
export function isInWindow(offset: u32): bool {
  return offset < (second == 0 ? PAGE_BYTES : 2 * PAGE_BYTES);
}

/** Whether a unit may be entered at `offset`: what begins in its own page only. */
export function isEnterable(offset: u32): bool {
  return offset < PAGE_BYTES;
}

/** Whether the instruction at `offset` is not in the unit's own page alone. */
export function isBeyond(offset: u32): bool {
  return offset >= border;
}

export function slotOf(offset: u32): u32 {
  if (offset < border) return page + (offset << 2);
  return offset < PAGE_BYTES ? BETWEEN_PTR : second + ((offset - PAGE_BYTES) << 2);
}

/** The decoded page that has the slot. */
export function pageOf(offset: u32): u32 {
  return offset < border ? page : second;
}

/** Pushes whether the unit may not go on beyond the border. */
export function pushBarred(): void {
  crossed = true;
  get(LOCAL_WHOLE);
  op(Wasm.I32_EQZ);
}

/** Writes the look at the second page, for a unit that goes on there. */
export function writeLook(): void {
  if (!crossed) return;
  get(LOCAL_PAGE);
  i64Const(<i64>PAGE_BYTES);
  op(Wasm.I64_ADD);
  tee(LOCAL_A);
  op(Wasm.I32_WRAP);
  i32Const(<i32>FETCH_INDEX_SHIFT);
  op(Wasm.I32_SHR_U);
  i32Const(<i32>FETCH_INDEX_MASK);
  op(Wasm.I32_AND);
  pushField(Wasm.I32_LOAD, HART_FETCH_TLB);
  op(Wasm.I32_ADD);
  tee(LOCAL_ENTRY);
  access(Wasm.I64_LOAD, 0);
  get(LOCAL_A);
  op(Wasm.I64_EQ);
  get(LOCAL_ENTRY);
  access(Wasm.I32_LOAD, FETCH_PAGE);
  i32Const(<i32>second);
  op(Wasm.I32_EQ);
  op(Wasm.I32_AND);
  i32Const(0);
  access(Wasm.I32_LOAD, ageAt(second));
  i32Const(<i32>load<u32>(ageAt(second)));
  op(Wasm.I32_EQ);
  op(Wasm.I32_AND);
  set(LOCAL_WHOLE);
}
