/*
 * Programs that stay for long in few places, so that a compiler has work: graphs of blocks in which jumps of every kind lead from anywhere to anywhere, loops with several
 * entries among them, until a counter has run out; code inside other instructions; a switch table; memory on both sides of a page border; code that is rewritten on the way; and
 * the same under translation, with pages exchanged and rights changed between rounds.
 *
 * x30 counts the blocks that may still be visited, x31 is where a return goes: always the beginning of a block.
 */

import * as asm from "../../support/assembler.js";
import { insnBytes, zero } from "../../support/assembler.js";
import { emitAmo, emitMovePointer, emitReservation } from "../accesses.js";
import { CODE_ENOUGH, type Draft, PRIV_M, PRIV_S, PRIV_U } from "../case.js";
import { emitLoop } from "../control.js";
import { floatInsn, integerInsn } from "../instructions.js";
import { COUNTER, RESUME, SP, type Stream } from "../stream.js";
import { emitStep, emitSwitch, type Mix } from "./computing.js";
import { emitRewrite } from "./modifying.js";
import { emitUnderTranslation, translate } from "./paging.js";

/** A conditional branch reaches 4 KiB; a graph stays below that. */
const GRAPH_BYTES = 2800;
const BRANCHES = [asm.beq, asm.bne, asm.blt, asm.bge, asm.bltu, asm.bgeu];
const MIXES: readonly Mix[] = [
  { integer: 20, float: 0, access: 10, atomic: 1, control: 0 },
  { integer: 5, float: 30, access: 10, atomic: 0, control: 0 },
  { integer: 5, float: 1, access: 40, atomic: 6, control: 0 },
];

/** The instructions of one block, and how it ends: `end` is given the distance from itself to each block. */
interface GraphBlock {
  /** What stands before the counter's check: an instruction that can be jumped into, or nothing. */
  readonly head: readonly number[];
  readonly items: readonly number[];
  readonly endBytes: number;
  readonly end: (to: (block: number) => number) => number[];
}

const bytesOf = (insns: readonly number[]) => insns.reduce((sum, insn) => sum + insnBytes(insn), 0);

/** The counter's check: out of the graph, which lies `exit` bytes ahead, when it has run out. */
const CHECK_BYTES = 8;
const check = (exit: number) => [asm.addi(COUNTER, COUNTER, -1), asm.blt(COUNTER, zero, exit)];

/** lui whose upper half is `c.addi` and can be jumped to. */
function hiding(s: Stream): number {
  const inner = asm.c.addi(s.temporary(), s.random.within(1, 31));
  return ((asm.lui(s.temporary(), 0) & 0xffff) | (inner << 16)) >>> 0;
}

/** Several accesses by one base, near to each other, the base being overwritten by one of them now and then. */
function emitGroup(s: Stream): void {
  const { random } = s;
  const base = random.once(3) ? s.temporary() : s.pointer();
  if (s.mayWrite(base)) s.emit(asm.addi(base, SP, random.within(-300, 300)));
  const near = random.within(-400, 400);
  for (let n = random.within(2, 7); n > 0; n--) {
    const offset = near + random.within(-140, 140);
    if (random.once(3)) s.emit(random.of([asm.sb, asm.sh, asm.sw, asm.sd])(s.rs(), offset, base));
    else {
      let rd = s.rd();
      // Then the base is no pointer any more.
      if (rd === base && n > 1) rd = zero;
      s.emit(random.of([asm.lb, asm.lbu, asm.lh, asm.lhu, asm.lw, asm.lwu, asm.ld])(rd, offset, base));
    }
  }
}

/** What compilers make of rotations for machines without Zbb, and what only looks like one. */
function emitShifts(s: Stream): void {
  const { random } = s;
  const [a, b, x] = [s.temporary(), s.temporary(), s.rs()];
  const left = random.within(0, 31);
  const shifts = [asm.slliw(a, x, left), asm.srliw(b, x, random.once(4) ? random.below(32) : (32 - left) & 31)];
  if (random.once(2)) shifts.reverse();
  if (random.once(3)) shifts.splice(1, 0, integerInsn(s));
  if (random.once(3)) shifts.push(integerInsn(s));
  s.emit(...shifts, random.of([asm.or, asm.xor, asm.addw, asm.add])(s.rd(), a, b));
}

function block(s: Stream, mix: Mix, count: number): GraphBlock {
  const { random } = s;
  const hides = random.once(8);
  const { items } = s.piece(() => {
    for (let n = random.below(7); n > 0; n--) {
      random.weighted<() => void>([
        [10, () => emitStep(s, mix)],
        [2, () => s.emit(integerInsn(s))],
        [mix.float >> 3, () => s.emit(floatInsn(s))],
        [3, () => emitGroup(s)],
        [2, () => emitShifts(s)],
        [1, () => emitMovePointer(s)],
        [1, () => random.of([emitAmo, emitReservation])(s)],
        [random.once(6) ? 1 : 0, () => emitRewrite(s)],
      ])();
    }
  });
  const target = random.below(count);
  const [a, b] = [s.rs(), s.rs()];
  const t = s.temporary();
  const branch = random.of(BRANCHES);
  const shape = random.weighted<Omit<GraphBlock, "head" | "items">>([
    [6, { endBytes: 4, end: (to) => [branch(a, b, to(target))] }],
    [3, { endBytes: 8, end: (to) => [asm.andi(t, a, 1 << random.below(11)), asm.bne(t, zero, to(target) - 4)] }],
    [2, { endBytes: 4, end: (to) => [asm.jal(zero, to(target))] }],
    [2, { endBytes: 4, end: (to) => [asm.jal(RESUME, to(target))] }],
    [2, { endBytes: 4, end: () => [asm.jalr(zero, 0, RESUME)] }],
    [1, { endBytes: 4, end: () => [asm.jalr(RESUME, 0, RESUME)] }],
    [1, table(s, count)],
    [2, { endBytes: 0, end: () => [] }],
  ]);
  return { head: hides ? [hiding(s)] : [], items, ...shape };
}

/** A jump into four jumps, of which a register says one. */
function table(s: Stream, count: number): Omit<GraphBlock, "head" | "items"> {
  const { random } = s;
  const at = s.temporary();
  const t = s.temporary();
  const from = s.rs();
  const targets = [0, 1, 2, 3].map(() => random.below(count));
  if (at === t) return { endBytes: 0, end: () => [] };
  const jump = [asm.andi(t, from, 12), asm.auipc(at, 0), asm.add(at, at, t), asm.jalr(zero, 12, at)];
  const bytes = 4 * jump.length;
  return {
    endBytes: bytes + 16,
    end: (to) => [...jump, ...targets.map((n, i) => asm.jal(zero, to(n) - bytes - 4 * i))],
  };
}

/** A graph, entered at its first block. */
export function emitGraph(s: Stream, mix: Mix, visits: number): void {
  const { random } = s;
  const count = random.within(2, 24);
  const blocks: GraphBlock[] = [];
  const sizeOf = ({ head, items, endBytes }: GraphBlock) => CHECK_BYTES + bytesOf([...head, ...items]) + endBytes;
  const made = s.piece(() => {
    for (let n = 0, bytes = 0; n < count && bytes < GRAPH_BYTES; n++) {
      blocks.push(block(s, mix, count));
      bytes += sizeOf(blocks.at(-1)!);
    }
  });
  if (made.bytes !== 0) throw new Error("Blocks are laid down later");
  const starts: number[] = [];
  let total = 0;
  for (const b of blocks) {
    starts.push(total);
    total += sizeOf(b);
  }
  // Jumps to blocks that there was no room for go to the first one.
  const startOf = (n: number) => {
    const b = blocks[n];
    return b === undefined ? 0 : starts[n]! + (b.head.length > 0 && random.once(2) ? 2 : 0);
  };
  s.emit(asm.addi(COUNTER, zero, visits), asm.auipc(RESUME, 0), asm.addi(RESUME, RESUME, 8));
  for (const [n, b] of blocks.entries()) {
    s.emit(...b.head, ...check(total - starts[n]! - bytesOf(b.head) - 4), ...b.items);
    const end = starts[n]! + sizeOf(b) - b.endBytes;
    const insns = b.end((to) => startOf(to) - end);
    s.emit(...insns);
    if (insns.reduce((sum, insn) => sum + insnBytes(insn), 0) !== b.endBytes)
      throw new Error("A block's end has another length");
  }
}

export function loops(draft: Draft): void {
  const { stream: s, random } = draft;
  const translated = random.once(3);
  if (!translated) {
    draft.mode = random.of([PRIV_M, PRIV_S, PRIV_U]);
    draft.setCsr("fcsr", BigInt((random.below(5) << 5) | (random.once(2) ? 0 : random.below(32))));
    while (s.bytes < CODE_ENOUGH - GRAPH_BYTES - 600) {
      if (random.once(4)) emitSwitch(s, random.of([PRIV_M, PRIV_S, PRIV_U]));
      emitGraph(s, random.of(MIXES), random.within(20, 600));
    }
    return;
  }
  const world = translate(draft);
  if (random.once(2)) draft.setCsr("medeleg", 0xb0ffn);
  while (s.bytes < CODE_ENOUGH - 1600) {
    const mode = random.of([PRIV_S, PRIV_S, PRIV_U]);
    emitSwitch(s, mode);
    const body = s.piece(() => emitUnderTranslation(world, mode), COUNTER);
    if (body.bytes < 1200) emitLoop(s, () => s.emit(...body.items), random.within(2, 8));
  }
}
