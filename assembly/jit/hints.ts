/*
 * Branch hints: the ways out of a unit are hardly ever taken, so an engine that is told places them behind the rest of the function [WebAssembly branch hinting proposal, code metadata]. Others skip the section.
 */

import { EMIT_PTR, RAM_PTR } from "../abi";
import { byte, copy, fill, moveTo, position, reserve, unsigned } from "./bytes";

/** u32 places of the branches of the unit that is being written; further ones go without a hint. */
const BRANCHES_PTR: u32 = EMIT_PTR + 0x7_d000;
const BRANCHES_MAX: u32 = 0xc00;
/** The hints of the units before, as they stand in the section; up to RAM, and units for which there is no room go without. */
const HINTS_PTR: u32 = EMIT_PTR + 0xfc_0000;
/** At most so many bytes for a unit and for each of its branches. */
const UNIT_BYTES: u32 = 12;
const BRANCH_BYTES: u32 = 5;

const CUSTOM_SECTION: u32 = 0;
const UNLIKELY: u32 = 0;
const NAME = "metadata.code.branch_hint";

let branches: u32 = 0;
let functions: u32 = 0;
let end: u32 = HINTS_PTR;

/** A module begins. */
export function forgetHints(): void {
  functions = 0;
  end = HINTS_PTR;
}

/** A unit begins. */
export function startHints(): void {
  branches = 0;
}

/** Notes that the branch which is written next is hardly ever taken. */
export function hintUnlikely(): void {
  if (branches == BRANCHES_MAX) return;
  store<u32>(BRANCHES_PTR + (branches << 2), position());
  branches++;
}

/** Keeps the hints of function `index`: what was written at `from` stands `offset` bytes behind the function's beginning. */
export function keepHints(index: u32, from: u32, offset: u32): void {
  if (branches == 0 || end + UNIT_BYTES + branches * BRANCH_BYTES > RAM_PTR) return;
  const back = position();
  moveTo(end);
  unsigned(index);
  unsigned(branches);
  for (let i: u32 = 0; i < branches; i++) {
    unsigned(load<u32>(BRANCHES_PTR + (i << 2)) - from + offset);
    unsigned(1);
    byte(UNLIKELY);
  }
  end = position();
  functions++;
  moveTo(back);
}

/** Writes the section; it stands before the code. */
export function writeHints(): void {
  if (functions == 0) return;
  byte(CUSTOM_SECTION);
  const size = reserve();
  const begin = position();
  unsigned(NAME.length);
  for (let i = 0; i < NAME.length; i++) byte(NAME.charCodeAt(i));
  unsigned(functions);
  copy(HINTS_PTR, end - HINTS_PTR);
  fill(size, position() - begin);
}
