import { describe, expect, test } from "vitest";
import { endsReply, type Line, LineCutter, readReply } from "./lines.js";

const at = (...lines: [at: number, text: string][]): Line[] => lines.map(([at, text]) => ({ text, at }));

describe("LineCutter", () => {
  test("gives a line the time at which its end arrived", () => {
    const cutter = new LineCutter();
    expect(cutter.add("@B si", 1)).toEqual([]);
    expect(cutter.add("eve\r\n@R", 2)).toEqual(at([2, "@B sieve"]));
    expect(cutter.rest).toBe("@R");
    expect(cutter.add(" sieve\n\n", 3)).toEqual(at([3, "@R sieve"], [3, ""]));
  });
});

describe("endsReply()", () => {
  test.each([
    ["@E 0", true],
    ["@E 127", true],
    ["@E", false],
    ["echo @E 0", false],
  ])("of %j is %j", (text, ends) => {
    expect(endsReply(text)).toBe(ends);
  });
});

describe("readReply()", () => {
  test("measures from @B to @R and takes the last word as checksum", () => {
    const lines = at([1000, "@B sieve"], [1250, "@R sieve int cell 6553600 81234567 12.4 00c0ffee"], [1251, "@E 0"]);
    expect(readReply(lines)).toEqual({
      status: 0,
      measurements: [{ name: "sieve", seconds: 0.25, checksum: "00c0ffee" }],
      said: [],
    });
  });

  test("takes what a program prints as part of its checksum, but no message of the kernel", () => {
    const lines = at(
      [0, "before"],
      [1, "@B bb_md5"],
      [2, "d41d8cd9  /tmp/f"],
      [3, "[   12.345678] random: crng init done"],
      [4, "@R bb_md5 cmd run 1 5 5 0"],
      [5, "after"],
    );
    const { measurements, said } = readReply(lines);
    expect(measurements).toEqual([{ name: "bb_md5", seconds: 0.003, checksum: "0 | d41d8cd9  /tmp/f" }]);
    expect(said).toEqual(["before", "d41d8cd9  /tmp/f", "after"]);
  });

  test("reads several programs, as rvb.wasm runs them", () => {
    const lines = at([0, "@B a"], [10, "@R a int x 1 1 1 aa"], [20, "@B b"], [50, "@R b int x 1 1 1 bb"]);
    expect(readReply(lines).measurements.map(({ name, seconds }) => [name, seconds])).toEqual([
      ["a", 0.01],
      ["b", 0.03],
    ]);
  });

  test("gives the status of the command", () => {
    expect(readReply(at([0, "sh: rvb: not found"], [1, "@E 127"])).status).toBe(127);
  });

  test("throws when @B and @R do not pair", () => {
    expect(() => readReply(at([0, "@B a"], [1, "@R b int x 1 1 1 0"]))).toThrow('"@R b" came after "@B a"');
    expect(() => readReply(at([0, "@R b int x 1 1 1 0"]))).toThrow('"@R b" came after "@B "');
    expect(() => readReply(at([0, "@B a"], [1, "@E 139"]))).toThrow('"@B a" came without "@R a"');
  });
});
