import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { colinux } from "../support/command.js";
import { temporaryFolder } from "../support/folder.js";

/** Prints through HTIF, checks what it was started with, leaves a signature, and ends with the value of `ending` in tohost. */
const PROGRAM = `
.section .text.init
.globl _start
_start:
  bnez a0, wrong                # a0 = hart id
  lwu t0, 0(a1)                 # a1 = device tree
  li t1, 0xedfe0dd0
  bne t0, t1, wrong
  ld t0, 0(a2)                  # a2 = fw_dynamic_info
  li t1, 0x4942534f
  bne t0, t1, wrong
  csrr t0, misa                 # M-mode
  la a0, text
next:
  lbu t0, 0(a0)
  beqz t0, done
  li t1, 0x0101000000000000
  or t0, t0, t1
  la t1, tohost
  sd t0, 0(t1)
  addi a0, a0, 1
  j next
done:
  la t0, begin_signature
  li t1, 0x12345678
  sw t1, 0(t0)
  li t0, ENDING
end:
  la t1, tohost
  STORE t0, 0(t1)
1: j 1b
wrong:
  li t0, 199
  j end
text: .asciz "bare\\n"
.section .tohost, "aw", @progbits
.balign 64
.globl tohost, fromhost
tohost: .dword 0
fromhost: .dword 0
.data
.balign 16
.globl begin_signature, end_signature
begin_signature: .word 0, 0xdeadbeef
end_signature:
`;

const SCRIPT = `ENTRY(_start)
SECTIONS { . = 0x80000000; .text : { *(.text.init) } . = ALIGN(0x1000); .tohost : { *(.tohost) } . = ALIGN(0x1000); .data : { *(.data) } }`;

const folder = temporaryFolder();

function build(name: string, ending: number, store = "sd", edit = (source: string) => source): string {
  const path = (suffix: string) => join(folder, `${name}${suffix}`);
  writeFileSync(path(".s"), edit(PROGRAM).replace("ENDING", String(ending)).replace("STORE", store));
  writeFileSync(path(".ld"), SCRIPT);
  run("riscv64-linux-gnu-as", "-march=rv64gc", "-o", path(".o"), path(".s"));
  run("riscv64-linux-gnu-ld", "-T", path(".ld"), "--no-warn-rwx-segments", "-o", path(".elf"), path(".o"));
  return path(".elf");
}

function run(program: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`);
}

describe("colinux --bare", () => {
  let passing: string;

  beforeAll(() => {
    passing = build("passing", 1);
  });

  test("starts in M-mode with hart id, device tree and fw_dynamic_info, prints and ends through HTIF", async () => {
    expect(await colinux(["--bare", passing])).toEqual({ code: 0, signal: null, stdout: "bare\n", stderr: "" });
  });

  test.each([
    ["sd", 15, 7],
    ["sw", 15, 7],
    ["sb", 15, 7],
    ["sd", (300 << 1) | 1, 255],
  ])("%s of %i to tohost ends with exit code %i", async (store, word, code) => {
    expect((await colinux(["--bare", build(`ending-${store}-${word}`, word, store)])).code).toBe(code);
  });

  test.each(["amoswap.d", "amoor.w"])("%s to tohost counts as a write", async (amo) => {
    const path = build(`ending-${amo}`, 15, "sd", (source) =>
      source.replace(/STORE t0, 0\(t1\)/, `${amo} zero, t0, (t1)`),
    );
    expect((await colinux(["--bare", path])).code).toBe(7);
  });

  test("--signature writes the words between its symbols, in lower case", async () => {
    const signature = join(folder, "signature");
    expect((await colinux(["--bare", passing, "--signature", signature])).code).toBe(0);
    expect(readFileSync(signature, "utf8")).toBe("12345678\ndeadbeef\n");
  });

  test("--max-insns ends a program that never stops", async () => {
    const loop = join(folder, "loop.bin");
    writeFileSync(loop, Uint8Array.of(0x6f, 0, 0, 0)); // j .
    const { code, stderr } = await colinux(["--bare", loop, "--max-insns", "1000000"]);
    expect(code).toBe(124);
    expect(stderr).toContain("--max-insns");
  });

  test("a raw image ends through the test finisher, with its exit code", async () => {
    const image = join(folder, "finisher.bin");
    // lui t0, 0x100; lui t1, 0x53; addi t1, t1, 0x333; sw t1, 0(t0); j .
    writeFileSync(image, Uint32Array.of(0x001002b7, 0x00053337, 0x33330313, 0x0062a023, 0x0000006f));
    expect((await colinux(["--bare", image])).code).toBe(5);
  });

  test.each([
    [["--bare", "/nonexistent"], "does not exist"],
    [["--bare="], "nothing is given"],
    [["--bare", "same", "--signature", "./same"], "overwrite"],
    [["--signature", "x"], "--bare"],
    [["--bare", "/bin/true", "--max-insns", "none"], "--max-insns none"],
    [["--bare", "/bin/true"], "x86-64"],
  ])("%j is refused", async (args, text) => {
    const { code, stderr } = await colinux(args);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
    expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(4);
  });
});
