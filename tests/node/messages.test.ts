import { describe, expect, test } from "vitest";
import { readConfiguration } from "../../host-js/node/configuration.js";
import { endingOf } from "../../host-js/node/messages.js";

const asked = (...words: string[]) => readConfiguration(words, () => "", "/home/me");
const panic = (message: string, ...words: string[]) => endingOf({ kind: "panic", message }, asked(...words));

describe("endingOf()", () => {
  test.each([
    ["poweroff", 0, "Powered off."],
    ["halt", 0, "Halted."],
    ["reboot", 4, "Rebooted; stopped because of --no-reboot."],
  ] as const)("tells %s apart", (kind, exitCode, line) => {
    expect(endingOf({ kind }, asked())).toEqual({ exitCode, lines: [line] });
  });

  test("calls a fault ours", () => {
    const { exitCode, lines } = endingOf({ kind: "fault", message: "slot 3" }, asked());
    expect(exitCode).toBe(70);
    expect(lines[0]).toContain("slot 3");
  });
});

describe("a panic", () => {
  const noRoot = 'Kernel panic - not syncing: VFS: Unable to mount root fs on "/dev/cobd7" or unknown-block(0,0)';

  test("is told in the kernel's words", () => {
    expect(panic("sysrq triggered crash")).toEqual({ exitCode: 3, lines: ["Kernel panic: sysrq triggered crash"] });
  });

  test("without a root filesystem names root= and the disks", () => {
    const { lines } = panic(noRoot, "root=/dev/cobd7", "cobd1=a.img", "cobd3=b.img");
    expect(lines[0]).toBe('Kernel panic: VFS: Unable to mount root fs on "/dev/cobd7" or unknown-block(0,0)');
    expect(lines[1]).toContain("root=/dev/cobd7");
    expect(lines[1]).toContain(
      "/dev/cobd1 (/home/me/a.img, /dev/vda in Linux), /dev/cobd3 (/home/me/b.img, /dev/vdb in Linux)",
    );
  });

  test("without any disk says how to give one", () => {
    expect(panic(noRoot, "root=/dev/cobd0").lines[1]).toContain("cobd0=disk.img");
    expect(panic(noRoot).lines[1]).toContain("No root= was given");
  });

  test.each([
    ["Attempted to kill init! exitcode=0x00000100", "exit code 1"],
    ["Attempted to kill init! exitcode=0x0000000b", "signal 11"],
    ["No working init found.  Try passing init= option to kernel.", "init="],
    ["Requested init /nonexistent failed (error -2).", "init="],
    ["System is deadlocked on memory", "mem=512"],
  ])("%s: is explained", (message, hint) => {
    expect(panic(message).lines[1]).toContain(hint);
  });
});
