/*
 * How an instruction that the interpreter's loop does not finish itself says what comes next.
 */

/** The next instruction in order. */
export const EXIT_NEXT: u32 = 0;
/** An exception is noted in the hart: the world switch takes the trap. */
export const EXIT_TRAP: u32 = 1;
/** The instruction is done, but the world must look: interrupts, time, an operation for the host. */
export const EXIT_AGAIN: u32 = 2;
/** The same, and hart.pc says already where to go on. */
export const EXIT_JUMP: u32 = 3;
/** The chunk's budget is spent. */
export const EXIT_BUDGET: u32 = 4;
