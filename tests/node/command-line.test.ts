import { describe, expect, test } from "vitest";
import { commandLineFor } from "../../host-js/node/command-line.js";

describe("commandLineFor()", () => {
  test.each([
    [{ embedded: true }, "quiet console=hvc0"],
    [{ embedded: false }, "console=ttyS0 systemd.mask=serial-getty@hvc0.service earlycon=sbi"],
    [{ embedded: false, kernelWords: ["console=hvc0"] }, "earlycon=sbi console=hvc0"],
    [{ embedded: true, kernelWords: ["console=ttyS0", "debug"] }, "quiet console=ttyS0 debug"],
    [{ embedded: true, root: "/dev/vda", kernelWords: ["rw"] }, "quiet console=hvc0 root=/dev/vda rw"],
    [
      { embedded: true, kernelWords: ["greeting=good day", "two words"] },
      'quiet console=hvc0 greeting="good day" "two words"',
    ],
  ])("makes of %j %s", (parts, expected) => {
    expect(commandLineFor(parts)).toBe(expected);
  });
});
