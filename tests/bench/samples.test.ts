import { describe, expect, test } from "vitest";
import { Results, toJson } from "./samples.js";

function filled(): Results {
  const results = new Results();
  for (const seconds of [2, 9, 3]) results.add("int", "sieve", "ours", seconds, "aa");
  for (const seconds of [1.5, 1, 7]) results.add("int", "sieve", "qemu", seconds, "aa");
  results.add("int", "fib", "ours", 1, "bb");
  results.add("int", "fib", "qemu", 2, "bb");
  results.add("int", "sieve", "wasm", 0.5, "aa");
  results.add("boot", "boot", "ours", 1);
  results.add("boot", "boot", "qemu", 4);
  return results;
}

describe("Results", () => {
  test("makes medians, qemu / ours, and the geometric mean of each group", () => {
    const rows = filled().rows();
    expect(rows.map(({ group, program }) => `${group} ${program}`)).toEqual([
      "int sieve",
      "int fib",
      "int geomean",
      "boot boot",
      "boot geomean",
    ]);
    expect(rows[0]).toEqual({ group: "int", program: "sieve", ours: 3, qemu: 1.5, ratio: 0.5, wasm: 3 });
    expect(rows[2].ratio).toBeCloseTo(1, 12);
    expect(rows[2].qemu! / rows[2].ours).toBeCloseTo(rows[2].ratio!, 12);
    expect(rows[2].wasm).toBeCloseTo(3, 12);
    expect(rows[4]).toEqual({ group: "boot", program: "geomean", ours: 1, qemu: 4, ratio: 4 });
  });

  test("compares kernels where that was measured", () => {
    const results = new Results();
    for (const [program, ours, plain, debian] of [
      ["pipe", 1, 2, 4],
      ["fork", 1, 0.5, 9],
    ] as const) {
      results.add("sys", program, "ours", ours, "aa");
      results.add("sys", program, "plain", plain, "aa");
      results.add("sys", program, "debian", debian, "aa");
    }
    const [pipe, , mean] = results.rows();
    const numbers = { ours: 1, plain: 2, debian: 4, plainToOurs: 2, debianToOurs: 4 };
    expect(pipe).toEqual({ group: "sys", program: "pipe", ...numbers });
    expect(mean).toMatchObject({ program: "geomean", plainToOurs: 1 });
    expect(mean!.debianToOurs).toBeCloseTo(6, 12);
  });

  test("leaves out what only one system has run", () => {
    const results = new Results();
    results.add("fp", "fft", "ours", 1, "aa");
    expect(results.rows()).toEqual([]);
  });

  test("finds no mismatch where checksums agree", () => {
    expect(filled().mismatches).toEqual([]);
  });

  test("names program and both values when checksums differ", () => {
    const results = new Results();
    results.add("int", "sieve", "ours", 1, "00c0");
    results.add("int", "sieve", "qemu", 1, "00c1");
    expect(results.mismatches).toEqual(['int sieve: wrong result: qemu "00c1", ours "00c0"']);
  });

  test("notices that a system contradicts itself in a later round", () => {
    const results = filled();
    results.add("int", "fib", "ours", 1, "cc");
    expect(results.mismatches).toEqual(['int fib: wrong result: ours "cc", ours "bb"']);
  });
});

describe("what was measured in Chromium", () => {
  const results = filled();
  for (const seconds of [4, 3.3, 3]) results.add("int", "sieve", "chromium", seconds, "aa");
  results.add("int", "fib", "chromium", 1.1, "bb");
  const rows = results.rows();

  test("stands beside Node's, with chromium / ours", () => {
    expect(rows[0]).toMatchObject({ ours: 3, chromium: 3.3 });
    expect(rows[0].chromiumToOurs).toBeCloseTo(1.1, 12);
    expect(rows[2].chromiumToOurs).toBeCloseTo(1.1, 12);
    expect(rows[2].chromium).toBeCloseTo(Math.sqrt(3.3 * 1.1), 12);
  });

  test("is in the JSON, where there is some", () => {
    const [sieve, , , boot] = JSON.parse(toJson(rows)) as object[];
    expect(Object.keys(sieve)).toEqual(["group", "program", "ours", "qemu", "ratio", "chromium", "chromiumToOurs"]);
    expect(Object.keys(boot)).toEqual(["group", "program", "ours", "qemu", "ratio"]);
  });

  test("must have Node's checksum", () => {
    results.add("int", "fib", "chromium", 1, "cc");
    expect(results.mismatches).toEqual(['int fib: wrong result: chromium "cc", ours "bb"']);
  });
});

describe("what was measured in v86", () => {
  const results = new Results();
  for (const [program, ours, chromium, x87, sse2] of [
    ["fft", 1, 2, 12, 8],
    ["nbody", 1, 1, 9, 10],
  ] as const) {
    results.add("fp", program, "ours", ours, "aa");
    results.add("fp", program, "chromium", chromium, "aa");
    results.add("fp", program, "x87", x87);
    results.add("fp", program, "sse2", sse2);
  }
  const [fft, nbody, mean] = results.rows();

  test("counts by the faster of its programs, beside ours in Chromium", () => {
    expect(fft).toMatchObject({ ours: 1, chromium: 2, chromiumToOurs: 2, x87: 12, sse2: 8, v86ToChromium: 4 });
    expect(nbody).toMatchObject({ v86ToChromium: 9 });
    expect(mean!.v86ToChromium).toBeCloseTo(6, 12);
  });
});

test("toJson() has group, program, ours, qemu and ratio, and nothing else", () => {
  const rows = JSON.parse(toJson(filled().rows())) as object[];
  expect(rows).toHaveLength(5);
  for (const row of rows) expect(Object.keys(row)).toEqual(["group", "program", "ours", "qemu", "ratio"]);
});
