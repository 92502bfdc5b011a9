/*
 * A small typed assembler for RV64GC and the extensions of this machine.
 *
 * Every instruction is a function with the manual's mnemonic (a dot becomes an underscore, compressed ones live under `c`)
 * and operands as in assembly text; its result is the encoded instruction. `program()` lays instructions, labels and data
 * out at an address. Nothing here knows the emulator, so that its encodings can be checked against another assembler.
 */

export * from "./assembler/atomic.js";
export * from "./assembler/bitmanip.js";
export * from "./assembler/compressed.js";
export * from "./assembler/csr.js";
export { DYN, type Order, RDN, RMM, RNE, RTZ, RUP } from "./assembler/fields.js";
export * from "./assembler/float.js";
export * from "./assembler/integer.js";
export * from "./assembler/program.js";
export * from "./assembler/registers.js";
export * from "./assembler/system.js";
