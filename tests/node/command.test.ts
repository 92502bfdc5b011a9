import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { colinux } from "../support/command.js";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

describe("colinux", () => {
  test.each(["--help", "-h"])("%s tells words, options, keys and exit codes", async (option) => {
    const { code, stdout, stderr } = await colinux([option, "mem=nonsense"]);
    for (const word of [
      "kernel=",
      "initrd=",
      "mem=",
      "cobdN=",
      "root=",
      "cocon=",
      "@FILE",
      "--overlay",
      "--snapshot",
      "colinux run",
      "colinux commit",
      "colinux sources",
      "--no-reboot",
      "Ctrl-A x",
      "70",
    ]) {
      expect(stdout).toContain(word);
    }
    expect(stdout.split("\n").every((line) => line.length <= 80)).toBe(true);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("--version tells the package's version", async () => {
    expect(await colinux(["--version"])).toEqual({ code: 0, signal: null, stdout: `colinux ${version}\n`, stderr: "" });
  });
});
