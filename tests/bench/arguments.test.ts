import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readArguments, UsageError } from "./arguments.js";
import { GROUPS } from "./groups.js";

describe("readArguments()", () => {
  test("takes all groups and three rounds when nothing is said", () => {
    expect(readArguments([])).toEqual({ groups: Object.keys(GROUPS), rounds: 3 });
  });

  test("takes each named group once, in the order of the table", () => {
    expect(readArguments(["fp", "int", "fp"]).groups).toEqual(["int", "fp"]);
  });

  test("takes options before, between and behind groups", () => {
    const file = join(tmpdir(), "results.json");
    const asked = { groups: ["int", "mem"], rounds: 5, json: file };
    expect(readArguments(["int", "--rounds", "5", "mem", `--json=${file}`])).toEqual(asked);
    expect(readArguments(["--json", file, "--rounds=5", "mem", "int"])).toEqual(asked);
  });

  test("takes --no-jit", () => {
    expect(readArguments(["--no-jit", "int"])).toEqual({ groups: ["int"], rounds: 3, noJit: true });
  });

  test("takes --chromium", () => {
    expect(readArguments(["--chromium", "int"])).toEqual({ groups: ["int"], rounds: 3, chromium: true });
  });

  test("takes --kernels", () => {
    expect(readArguments(["--kernels", "sys"])).toEqual({ groups: ["sys"], rounds: 3, kernels: true });
  });

  test("takes --v86, which is not for groups outside Chromium", () => {
    expect(readArguments(["--v86", "int"])).toEqual({ groups: ["int"], rounds: 3, v86: true });
    const groups = Object.keys(GROUPS).filter((name) => name !== "boot" && name !== "disk");
    expect(readArguments(["--v86"]).groups).toEqual(groups);
  });

  test("makes the path of the JSON file absolute", () => {
    expect(readArguments(["--json", "results.json"]).json).toBe(join(process.cwd(), "results.json"));
  });

  test.each([
    [["speed"], '"speed" is no group; expected int, mem, fp, code, sys, busybox, tree, copy, boot, disk.'],
    [["toString"], '"toString" is no group'],
    [["--rounds", "0"], "--rounds 0: expected a number from 1 to 100."],
    [["--rounds", "101"], "--rounds 101: expected"],
    [["--rounds", "1.5"], "--rounds 1.5: expected"],
    [["--rounds"], "'--rounds <value>' argument missing"],
    [["--json"], "'--json <value>' argument missing"],
    [["--json="], "--json: expected the name of a file"],
    [["--json", "/nowhere/results.json"], "there is no folder /nowhere."],
    [["--json", tmpdir()], "this is a folder."],
    [["--kernels", "--chromium"], "--chromium --kernels: expected one of them."],
    [["--v86", "--kernels"], "--kernels --v86: expected one of them."],
    [["--v86", "int", "disk"], "--v86 disk: this group is not measured in Chromium."],
    [
      ["--fast"],
      "Unknown option '--fast'; expected [GROUP ...] [--rounds N] [--json FILE] [--no-jit] [--chromium] [--kernels] [--v86].",
    ],
  ])("refuses %j in one line", (args, message) => {
    let error: unknown;
    try {
      readArguments(args);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain("\n");
  });
});
