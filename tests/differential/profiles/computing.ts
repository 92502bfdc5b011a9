/*
 * Programs that compute: integers, floating point, memory and control flow, in any mode without translation.
 */

import * as asm from "../../support/assembler.js";
import { CSR } from "../../support/assembler.js";
import { accessInsn, emitAmo, emitBlock, emitMovePointer, emitReservation } from "../accesses.js";
import { CODE_ENOUGH, type Draft, PRIV_M, PRIV_S, PRIV_U } from "../case.js";
import { emitCall, emitForward, emitIndirect, emitLoop, emitWildJump } from "../control.js";
import { modeMark } from "../firmware.js";
import { floatInsn, integerInsn } from "../instructions.js";
import type { Stream } from "../stream.js";

/** How often each kind of step comes. */
export interface Mix {
  readonly integer: number;
  readonly float: number;
  readonly access: number;
  readonly atomic: number;
  readonly control: number;
}

/** An address in a hole of both boards' memory maps. */
const HOLE = 0x1800_0000;

/** One step of a program: an instruction, or a few that belong together. */
export function emitStep(s: Stream, mix: Mix): void {
  const { random } = s;
  random.weighted<() => void>([
    [mix.integer, () => s.emit(integerInsn(s))],
    [mix.float, () => s.emit(floatInsn(s))],
    [mix.float >> 3, () => emitFloatControl(s)],
    [mix.access, () => s.emit(accessInsn(s))],
    [mix.access >> 4, () => emitMovePointer(s)],
    [mix.atomic, () => emitAtomic(s)],
    [s.depth < 3 ? mix.control : 0, () => emitControl(s, mix)],
  ])();
}

function emitAtomic(s: Stream): void {
  s.random.of([emitAmo, emitReservation, (t: Stream) => emitBlock(t)])(s);
}

function emitControl(s: Stream, mix: Mix): void {
  const { random } = s;
  const body = (most: number) => () => {
    for (let n = random.within(1, most); n > 0; n--) emitStep(s, mix);
  };
  random.weighted<() => void>([
    [6, () => emitForward(s, body(6))],
    [s.depth === 0 ? 3 : 0, () => emitLoop(s, body(25))],
    [s.depth === 0 ? 2 : 0, () => emitCall(s, body(10))],
    [2, () => emitIndirect(s)],
    [s.depth === 0 && random.once(8) ? 1 : 0, () => emitWildJump(s, HOLE + random.below(0x1000) * 2)],
  ])();
}

/** Rounding mode and flags; reserved rounding modes make dynamic ones illegal [unpriv 21.2]. */
function emitFloatControl(s: Stream): void {
  const { random } = s;
  const csr = random.of([CSR.fflags, CSR.frm, CSR.fcsr]);
  const rm = random.once(20) ? random.within(5, 7) : random.below(5);
  s.emit(
    random.of([
      asm.csrrwi(s.rd(), CSR.frm, rm),
      asm.csrrwi(s.rd(), CSR.fflags, random.below(32)),
      asm.csrrs(s.rd(), csr, asm.zero),
      asm.csrrci(s.rd(), CSR.fflags, random.below(32)),
      asm.csrrw(s.rd(), CSR.fflags, s.rs()),
      asm.csrrs(s.rd(), CSR.fflags, s.rs()),
    ]),
  );
  if (rm > 4) s.emit(floatInsn(s), floatInsn(s), asm.csrrwi(s.rd(), CSR.frm, random.below(5)));
}

/** Goes on in another mode. */
export function emitSwitch(s: Stream, mode: number): void {
  s.emit(asm.ecall(), modeMark(mode));
}

const computing =
  (mix: Mix) =>
  (draft: Draft): void => {
    const { stream: s, random } = draft;
    draft.mode = random.of([PRIV_M, PRIV_M, PRIV_S, PRIV_U]);
    draft.setCsr("fcsr", BigInt((random.below(5) << 5) | (random.once(2) ? 0 : random.below(32))));
    // Exceptions, ecalls from S aside, go to S in some.
    if (random.once(2)) draft.setCsr("medeleg", 0xb1ffn);
    while (s.bytes < CODE_ENOUGH) {
      if (random.once(60)) emitSwitch(s, random.of([PRIV_M, PRIV_S, PRIV_U]));
      emitStep(s, mix);
    }
  };

export const integer = computing({ integer: 60, float: 0, access: 20, atomic: 2, control: 8 });
export const float = computing({ integer: 8, float: 70, access: 10, atomic: 0, control: 3 });
export const memory = computing({ integer: 20, float: 3, access: 50, atomic: 20, control: 5 });
