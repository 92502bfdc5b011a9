/*
 * Programs that rewrite themselves: an instruction is replaced by another one just before it is reached, and fence.i stands between, as it
 * must [unpriv 6]. In loops a replaced instruction has been executed before.
 */

import * as asm from "../../support/assembler.js";
import { insnBytes } from "../../support/assembler.js";
import { CODE_ENOUGH, type Draft, PRIV_M, PRIV_S, PRIV_U } from "../case.js";
import { emitLoop } from "../control.js";
import { integerInsn } from "../instructions.js";
import type { Stream } from "../stream.js";
import { emitStep, emitSwitch } from "./computing.js";

const MIX = { integer: 10, float: 1, access: 5, atomic: 1, control: 1 };

/** Two instructions of 16 bits, or one of 32, as a word that can stand where the other can. */
function wordOf(s: Stream): number {
  const insn = integerInsn(s);
  return insnBytes(insn) === 4 ? insn : ((asm.c.nop() << 16) | insn) >>> 0;
}

/** Writes another instruction over the one behind the fence. */
export function emitRewrite(s: Stream): void {
  const { random } = s;
  const at = s.temporary();
  const word = s.temporary();
  if (at === word) return;
  const fresh = asm.li(word, BigInt.asIntN(32, BigInt(wordOf(s))));
  const between = random.below(3);
  const start = s.bytes;
  s.emit(asm.auipc(at, 0), ...fresh);
  // auipc, fresh, store, between, fence.i
  const distance = s.bytes - start + 4 + 4 * between + 4;
  if (random.once(3)) {
    // In halves, the way a debugger sets a breakpoint.
    s.emit(asm.sh(word, distance + 8, at), asm.srli(word, word, 16), asm.sh(word, distance + 2 + 8, at));
  } else s.emit(asm.sw(word, distance, at));
  for (let n = 0; n < between; n++) s.emit(asm.addi(s.rd(), s.rs(), n));
  s.emit(asm.fence_i());
  const old = wordOf(s);
  s.emit(...(insnBytes(old) === 4 ? [old] : [old & 0xffff, old >>> 16]));
}

export function modifying(draft: Draft): void {
  const { stream: s, random } = draft;
  draft.mode = random.of([PRIV_M, PRIV_S, PRIV_U]);
  while (s.bytes < CODE_ENOUGH) {
    if (random.once(20)) emitSwitch(s, random.of([PRIV_M, PRIV_S, PRIV_U]));
    const body = () => {
      for (let n = random.within(1, 4); n > 0; n--) {
        emitRewrite(s);
        for (let m = random.below(5); m > 0; m--) emitStep(s, MIX);
      }
    };
    if (random.once(2)) emitLoop(s, body);
    else body();
  }
}
