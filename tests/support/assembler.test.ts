/*
 * The assembler against another one: every builder's encoding beside what GNU as makes of the same text.
 *
 * Skips where the cross binutils are missing; Zicond and Zacas are newer than binutils 2.40, so their encodings are compared
 * with `.insn` lines written from the manual's tables.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as asm from "./assembler.js";
import { a0, a1, c, fa0, fa5, fs0, ft11, program, s1, s11, sp, t6, zero } from "./assembler.js";

const AS = "riscv64-linux-gnu-as";
const present = spawnSync(AS, ["--version"]).status === 0;

type Sample = [text: string, insn: number];
const builders = asm as unknown as Record<string, (...operands: number[]) => number>;
const builder = (mnemonic: string) => {
  const found = builders[mnemonic.replaceAll(".", "_")];
  if (!found) throw new Error(`No builder for ${mnemonic}`);
  return found;
};
const short = c as unknown as Record<string, (...operands: number[]) => number>;
const words = (text: string) => text.trim().split(/\s+/);

/** Makes samples of one operand shape for a list of mnemonics. */
function each(mnemonics: string, text: string, ...operands: number[]): Sample[] {
  return words(mnemonics).map((m) => [`${m} ${text}`, builder(m)(...operands)]);
}
function shorts(mnemonics: string, text: string, ...operands: number[]): Sample[] {
  return words(mnemonics).map((m) => [`c.${m} ${text}`, short[m]!(...operands)]);
}

const REGISTER = `add sub sll slt sltu xor srl sra or and addw subw sllw srlw sraw
  mul mulh mulhsu mulhu div divu rem remu mulw divw divuw remw remuw
  add.uw sh1add sh2add sh3add sh1add.uw sh2add.uw sh3add.uw andn orn xnor min minu max maxu rol ror rolw rorw
  bclr bext binv bset`;
const AMOS = "swap add xor and or min max minu maxu".split(" ").flatMap((op) => [`amo${op}.w`, `amo${op}.d`]);
const CONVERT_TO_INTEGER = "fcvt.w.s fcvt.wu.s fcvt.l.s fcvt.lu.s fcvt.w.d fcvt.wu.d fcvt.l.d fcvt.lu.d";
const CONVERT_FROM_INTEGER = "fcvt.s.w fcvt.s.wu fcvt.s.l fcvt.s.lu fcvt.d.l fcvt.d.lu";

const samples: Sample[] = [
  ...each(REGISTER, "a0, s11, t6", a0, s11, t6),
  ...each(REGISTER, "t6, a0, zero", t6, a0, zero),
  ...each("addi slti sltiu xori ori andi addiw", "t6, a1, -2048", t6, a1, -2048),
  ...each("addi slti sltiu xori ori andi addiw", "zero, s1, 2047", zero, s1, 2047),
  ...each("slli srli srai slli.uw rori bclri bexti binvi bseti", "a0, t6, 63", a0, t6, 63),
  ...each("slliw srliw sraiw roriw", "a0, t6, 31", a0, t6, 31),
  ...each("lui auipc", "s11, 0xfedcb", s11, 0xfedcb),
  ...each("lb lh lw ld lbu lhu lwu", "a0, -2048(t6)", a0, -2048, t6),
  ...each("sb sh sw sd", "a0, -2047(t6)", a0, -2047, t6),
  ...each("sb sh sw sd", "t6, 2046(sp)", t6, 2046, sp),
  ...each("beq bne blt bge bltu bgeu", "a0, t6, .-4096", a0, t6, -4096),
  ...each("beq bne blt bge bltu bgeu", "s1, a1, .+4094", s1, a1, 4094),
  ...each("beqz bnez blez bgez bltz bgtz", "s1, .+1364", s1, 1364),
  ...each("jal", "a0, .-1048576", a0, -1048576),
  ...each("jal", "zero, .+1048574", zero, 1048574),
  ...each("jal", "t6, .+699050", t6, 699050),
  ...each("jalr", "a0, -2048(t6)", a0, -2048, t6),
  ...each("clz ctz cpop sext.b sext.h zext.h clzw ctzw cpopw orc.b rev8", "s11, a0", s11, a0),
  ...each("mv not neg sext.w seqz snez", "s11, a0", s11, a0),
  ...each(
    "ecall ebreak nop ret fence.tso fence.i pause mret sret wfi sfence.w.inval sfence.inval.ir wrs.nto wrs.sto",
    "",
  ),
  ["fence", asm.fence()],
  ["fence rw, w", asm.fence("rw", "w")],
  ["fence i, o", asm.fence("i", "o")],
  ...each("sfence.vma sinval.vma", "a0, t6", a0, t6),
  ...each("csrrw csrrs csrrc", "a0, 0xfff, t6", a0, 0xfff, t6),
  ...each("csrrwi csrrsi csrrci", "t6, 0x180, 31", t6, 0x180, 31),
  ...Object.entries(asm.CSR).map(([name, number]): Sample => [`csrr a0, ${name}`, asm.csrr(a0, number)]),
  ...each("csrw csrs csrc", "0x342, a1", 0x342, a1),
  ...each("csrwi csrsi csrci", "0x342, 17", 0x342, 17),
  ...each("cbo.inval cbo.clean cbo.flush cbo.zero", "(t6)", t6),
  ...each("prefetch.i prefetch.r prefetch.w", "-2048(t6)", -2048, t6),

  ...(["", "aq", "rl", "aqrl"] as const).flatMap((order): Sample[] => {
    const suffix = order && `.${order}`;
    return [
      [`lr.w${suffix} a0, (t6)`, asm.lr_w(a0, t6, order)],
      [`lr.d${suffix} a0, (t6)`, asm.lr_d(a0, t6, order)],
      [`sc.w${suffix} a0, s11, (t6)`, asm.sc_w(a0, s11, t6, order)],
      [`sc.d${suffix} a0, s11, (t6)`, asm.sc_d(a0, s11, t6, order)],
    ];
  }),
  ...AMOS.flatMap((amo) => each(amo, "a0, s11, (t6)", a0, s11, t6)),
  ["amoadd.w.aqrl a0, s11, (t6)", asm.amoadd_w(a0, s11, t6, "aqrl")],

  ...each("flw fld", "ft11, -2048(t6)", ft11, -2048, t6),
  ...each("fsw fsd", "ft11, -2047(t6)", ft11, -2047, t6),
  ...["s", "d"].flatMap((f) => [
    ...each(`fadd.${f} fsub.${f} fmul.${f} fdiv.${f}`, "fa0, ft11, fs0", fa0, ft11, fs0),
    ...each(`fadd.${f} fsub.${f} fmul.${f} fdiv.${f}`, "fa0, ft11, fs0, rmm", fa0, ft11, fs0, asm.RMM),
    ...each(`fsqrt.${f}`, "fa0, ft11", fa0, ft11),
    ...each(`fsqrt.${f}`, "fa0, ft11, rdn", fa0, ft11, asm.RDN),
    ...each(`fmadd.${f} fmsub.${f} fnmsub.${f} fnmadd.${f}`, "fa0, ft11, fs0, fa5", fa0, ft11, fs0, fa5),
    ...each(`fmadd.${f} fmsub.${f} fnmsub.${f} fnmadd.${f}`, "fa0, fa5, fs0, ft11, rup", fa0, fa5, fs0, ft11, asm.RUP),
    ...each(`fsgnj.${f} fsgnjn.${f} fsgnjx.${f} fmin.${f} fmax.${f}`, "fa0, ft11, fs0", fa0, ft11, fs0),
    ...each(`feq.${f} flt.${f} fle.${f}`, "a0, ft11, fs0", a0, ft11, fs0),
    ...each(`fmv.${f} fneg.${f} fabs.${f}`, "fa0, ft11", fa0, ft11),
    ...each(`fclass.${f}`, "a0, ft11", a0, ft11),
  ]),
  ...each("fmv.x.w fmv.x.d", "a0, ft11", a0, ft11),
  ...each("fmv.w.x fmv.d.x", "ft11, a0", ft11, a0),
  ...each(CONVERT_TO_INTEGER, "a0, ft11", a0, ft11),
  ...each(CONVERT_TO_INTEGER, "a0, ft11, rtz", a0, ft11, asm.RTZ),
  ...each(`${CONVERT_FROM_INTEGER} fcvt.d.w fcvt.d.wu`, "ft11, a0", ft11, a0),
  ...each(CONVERT_FROM_INTEGER, "ft11, a0, rne", ft11, a0, asm.RNE),
  ...each("fcvt.s.d fcvt.d.s", "fa0, ft11", fa0, ft11),
  ...each("fcvt.s.d", "fa0, ft11, rtz", fa0, ft11, asm.RTZ),

  // Newer than binutils 2.40 [unpriv 12.2, 15.2].
  [".insn r 0x33, 5, 7, a0, s11, t6", asm.czero_eqz(a0, s11, t6)],
  [".insn r 0x33, 7, 7, a0, s11, t6", asm.czero_nez(a0, s11, t6)],
  [".insn r 0x2f, 2, 0x14, a0, t6, s11", asm.amocas_w(a0, s11, t6)],
  [".insn r 0x2f, 3, 0x17, a0, t6, s11", asm.amocas_d(a0, s11, t6, "aqrl")],
  [".insn r 0x2f, 4, 0x16, a0, t6, a2", asm.amocas_q(a0, asm.a2, t6, "aq")],

  ...[4, 8, 16, 64, 340, 680, 1020].flatMap((imm) => shorts("addi4spn", `a0, sp, ${imm}`, a0, imm)),
  ...[0, 4, 8, 64, 124].flatMap((o) => shorts("lw sw", `a0, ${o}(s1)`, a0, o, s1)),
  ...[0, 8, 64, 168, 248].flatMap((o) => shorts("ld sd", `s1, ${o}(a5)`, s1, o, asm.a5)),
  ...[0, 8, 64, 168, 248].flatMap((o) => shorts("fld fsd", `fa5, ${o}(s1)`, fa5, o, s1)),
  ["c.nop", c.nop()],
  ["c.ebreak", c.ebreak()],
  ...[-32, -1, 1, 21, 31].flatMap((imm) => shorts("addi addiw li", `t6, ${imm}`, t6, imm)),
  ...[-32, -1, 0, 21, 31].flatMap((imm) => shorts("andi", `a5, ${imm}`, asm.a5, imm)),
  ...[-512, -16, 16, 32, 64, 128, 256, 496].flatMap((imm) => shorts("addi16sp", `sp, ${imm}`, imm)),
  ["c.lui t6, 31", c.lui(t6, 31)],
  ["c.lui a0, 0xfffe0", c.lui(a0, -32)],
  ...[1, 21, 31, 32, 63].flatMap((n) => [
    ...shorts("srli srai", `s1, ${n}`, s1, n),
    ...shorts("slli", `t6, ${n}`, t6, n),
  ]),
  ...shorts("sub xor or and subw addw", "s1, a5", s1, asm.a5),
  ...[-2048, -2, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2046].flatMap((d) => shorts("j", `.+${d}`, d)),
  ...[-256, -2, 2, 4, 8, 16, 32, 64, 128, 254].flatMap((d) => shorts("beqz bnez", `s1, .+${d}`, s1, d)),
  ...[0, 4, 8, 16, 32, 64, 128, 252].flatMap((o) => shorts("lwsp swsp", `t6, ${o}(sp)`, t6, o)),
  ...[0, 8, 16, 32, 64, 128, 256, 504].flatMap((o) => shorts("ldsp sdsp", `t6, ${o}(sp)`, t6, o)),
  ...[0, 8, 16, 32, 64, 128, 256, 504].flatMap((o) => shorts("fldsp fsdsp", `ft11, ${o}(sp)`, ft11, o)),
  ...shorts("jr jalr", "t6", t6),
  ...shorts("mv add", "t6, s11", t6, s11),
];

describe("assembler", () => {
  test.skipIf(!present)("encodes as GNU as does (skipped without riscv64-linux-gnu binutils)", () => {
    const folder = mkdtempSync(join(tmpdir(), "assembler-"));
    try {
      const [source, object, binary] = ["s", "o", "bin"].map((e) => join(folder, `x.${e}`)) as [string, string, string];
      const lines = samples.map(([text]) => `.option ${text.startsWith("c.") ? "rvc" : "norvc"}\n${text}`);
      writeFileSync(source, `${lines.join("\n")}\n`);
      const march = "rv64gc_zba_zbb_zbs_zicbom_zicboz_zicbop_zawrs_svinval_zihintpause";
      execFileSync(AS, [`-march=${march}`, "-o", object, source]);
      execFileSync("riscv64-linux-gnu-objcopy", ["-O", "binary", "-j", ".text", object, binary]);
      const reference = readFileSync(binary);
      let at = 0;
      const wrong = samples.flatMap(([text, insn]) => {
        const bytes = text.startsWith("c.") ? 2 : 4;
        const theirs = reference.readUIntLE(at, bytes);
        at += bytes;
        return theirs === insn ? [] : [`${text}: ours ${insn.toString(16)}, theirs ${theirs.toString(16)}`];
      });
      expect(wrong).toEqual([]);
      expect(at).toBe(reference.length);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("refuses operands out of range", () => {
    expect(() => asm.addi(a0, a0, 2048)).toThrow("addi: immediate 2048 is not within -2048..2047");
    expect(() => asm.slliw(a0, a0, 32)).toThrow("slliw: immediate 32 is not within 0..31");
    expect(() => asm.beq(a0, a0, 3)).toThrow("beq: immediate 3 is not a multiple of 2");
    expect(() => c.lw(t6, 0, a0)).toThrow("c.lw: register 31 is not one of 8..15");
    expect(() => c.jr(zero)).toThrow("c.jr: register x0 is reserved here");
    expect(() => asm.csrr(a0, 0x1000)).toThrow("csrrs: immediate 4096 is not within 0..4095");
  });

  test("resolves labels forwards and backwards", () => {
    const p = program(0x8000_0000n, asm.label("top"), asm.bnez(a0, "end"), asm.j("top"), c.nop(), asm.label("end"));
    expect(p.at("end")).toBe(0x8000_000an);
    expect([...new Uint32Array(p.bytes.slice(0, 8).buffer)]).toEqual([asm.bnez(a0, 10), asm.j(-4)]);
    expect(() => program(0, asm.j("nowhere"))).toThrow('Label "nowhere" is not defined');
    expect(() => program(0, asm.label("x"), asm.label("x"))).toThrow('Label "x" is defined twice');
  });

  test("aligns and places data", () => {
    const p = program(0x102, c.nop(), asm.align(8), asm.label("data"), asm.dword("data", -1n), asm.word(7));
    expect(p.at("data")).toBe(0x108n);
    expect([...p.bytes.slice(6, 14)]).toEqual([8, 1, 0, 0, 0, 0, 0, 0]);
    expect(p.bytes.length).toBe(6 + 16 + 4);
  });

  test("li() builds every kind of constant", () => {
    const evaluate = (insns: number[]) =>
      insns.reduce((x, insn) => {
        const imm = BigInt(insn | 0) >> 20n;
        if ((insn & 0x7f) === 0x37) return BigInt((insn & 0xfffff000) | 0);
        if ((insn & 0x707f) === 0x1013) return BigInt.asIntN(64, x << (imm & 63n));
        const base = ((insn >> 15) & 31) === 0 ? 0n : x;
        return BigInt.asIntN((insn & 0x7f) === 0x1b ? 32 : 64, base + imm);
      }, 0n);
    const values = [0n, 1n, -1n, 2047n, 2048n, -2048n, -2049n, 0x7fff_ffffn, 0x7fff_f800n, -0x8000_0000n, 0x8000_0000n];
    const wide = [0xffff_ffffn, 0x1234_5678_9abc_def0n, -0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn, 1n << 44n];
    for (const value of [...values, ...wide]) expect(evaluate(asm.li(a0, value))).toBe(value);
  });
});
