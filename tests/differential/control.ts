/*
 * What leaves the line: branches and jumps over a piece, loops that count down, calls, and jumps into nowhere. All of them end.
 */

import * as asm from "../support/assembler.js";
import { insnBytes, X, type XReg, zero } from "../support/assembler.js";
import { COUNTER, RESUME, type Stream } from "./stream.js";

const BRANCHES = [asm.beq, asm.bne, asm.blt, asm.bge, asm.bltu, asm.bgeu];
const LINK = X[1]!;

/** A branch or jump over what `body` makes. */
export function emitForward(s: Stream, body: () => void): void {
  const { random } = s;
  const skipped = s.piece(body);
  const jump = random.weighted<(bytes: number) => number>([
    [6, (bytes) => random.of(BRANCHES)(s.rs(), s.rs(), 4 + bytes)],
    [2, (bytes) => random.of([asm.c.beqz, asm.c.bnez])(X[random.within(8, 15)]!, 2 + bytes)],
    [1, (bytes) => asm.jal(s.rd(), 4 + bytes)],
    [1, (bytes) => asm.c.j(2 + bytes)],
  ]);
  const reach = skipped.bytes < 240;
  s.emit(reach ? jump(skipped.bytes) : asm.beq(s.rs(), s.rs(), 4 + skipped.bytes));
  s.emit(...skipped.items);
}

/** A loop; loops do not nest. */
export function emitLoop(s: Stream, body: () => void, rounds = s.random.within(2, 12)): void {
  const { random } = s;
  const inner = s.piece(body);
  s.emit(asm.addi(COUNTER, zero, rounds), ...inner.items);
  s.emit(random.once(4) ? asm.c.addi(COUNTER, -1) : asm.addi(COUNTER, COUNTER, -1));
  const last = s.items.at(-1)!;
  s.emit(asm.bne(COUNTER, zero, -(inner.bytes + insnBytes(last))));
}

/** A function, jumped over, and a call of it. */
export function emitCall(s: Stream, body: () => void): void {
  const { random } = s;
  const inner = s.piece(body, LINK);
  const back = random.once(2) ? asm.c.jr(LINK) : asm.jalr(zero, 0, LINK);
  const bytes = inner.bytes + insnBytes(back);
  s.emit(asm.jal(zero, 4 + bytes), ...inner.items, back);
  s.emit(asm.jal(LINK, -bytes));
}

/** A jump through a register to just behind itself, to an even address. */
export function emitIndirect(s: Stream): void {
  const { random } = s;
  const at = s.temporary();
  const link = s.rd();
  const skipped = random.below(3);
  s.emit(asm.auipc(at, 0), asm.jalr(link, 8 + 4 * skipped + random.below(2), at));
  for (let n = 0; n < skipped; n++) s.emit(asm.addi(s.rd(), s.rs(), n));
}

/** A jump to an address at which a fetch faults or finds a gadget that comes back. */
export function emitWildJump(s: Stream, address: number): void {
  const at: XReg = s.temporary();
  s.emit(...asm.li(at, address), asm.jalr(RESUME, 0, at));
}
