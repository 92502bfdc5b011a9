/*
 * Register names of the calling convention, as branded numbers: an integer register cannot be passed where a
 * floating-point register belongs [riscv-cc 1].
 */

export type XReg = number & { readonly file: "x" };
export type FReg = number & { readonly file: "f" };

/** x0 to x31 and f0 to f31 by number, for tests that loop over a register file. */
export const X = Array.from({ length: 32 }, (_, n) => n as XReg);
export const F = Array.from({ length: 32 }, (_, n) => n as FReg);

export const [zero, ra, sp, gp, tp, t0, t1, t2] = X.slice(0, 8) as Eight<XReg>;
export const [s0, s1, a0, a1, a2, a3, a4, a5] = X.slice(8, 16) as Eight<XReg>;
export const [a6, a7, s2, s3, s4, s5, s6, s7] = X.slice(16, 24) as Eight<XReg>;
export const [s8, s9, s10, s11, t3, t4, t5, t6] = X.slice(24, 32) as Eight<XReg>;

export const [ft0, ft1, ft2, ft3, ft4, ft5, ft6, ft7] = F.slice(0, 8) as Eight<FReg>;
export const [fs0, fs1, fa0, fa1, fa2, fa3, fa4, fa5] = F.slice(8, 16) as Eight<FReg>;
export const [fa6, fa7, fs2, fs3, fs4, fs5, fs6, fs7] = F.slice(16, 24) as Eight<FReg>;
export const [fs8, fs9, fs10, fs11, ft8, ft9, ft10, ft11] = F.slice(24, 32) as Eight<FReg>;

type Eight<T> = [T, T, T, T, T, T, T, T];
