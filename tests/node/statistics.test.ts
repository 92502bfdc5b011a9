/*
 * `--stats` and `--no-jit`: what the machine says of itself at its end.
 */

import { describe, expect, test } from "vitest";
import type { MachineStatistics } from "../../host-js/common/index.js";
import { statisticsLines } from "../../host-js/node/statistics.js";
import { colinux } from "../support/command.js";

const STATISTICS: MachineStatistics = {
  retiredInsns: 2_000_000_000,
  guestMs: 9990,
  wallMs: 10_000,
  runMs: 4000,
  operations: {
    budget: 1500,
    idle: 20,
    notify: 3,
    status: 0,
    config: 0,
    text: 0,
    stop: 1,
    panic: 0,
    fault: 0,
    module: 100,
    report: 0,
    foreign: 0,
  },
  tlbMisses: { load: 12_345, store: 678, fetch: 9 },
  jit: {
    modules: 100,
    moduleBytes: 400_000,
    moduleMs: 56.7,
    moduleMaxMs: 2.34,
    refusals: 0,
    units: 900,
    flushes: 0,
    compiledInsns: 1_900_000_000,
    entries: 1_000_000,
    exits: { access: 3000, float: 0, system: 1500, other: 67 },
  },
};

describe("statisticsLines()", () => {
  test("aligns what was counted and leaves out what never happened", () => {
    expect(statisticsLines(STATISTICS).join("\n")).toMatchInlineSnapshot(`
      "What the machine did since its last boot:
        instructions           2,000,000,000  95.0 % compiled
        speed                     500.0 MIPS  while it ran
        running                      4.000 s  40.0 %
        wall time                   10.000 s
        guest time                   9.990 s
        modules                          100  0.057 s to instantiate them, 2.3 ms at most
        module bytes                 400,000
        units                            900  given up 0 times
        units entered              1,000,000  1900 instructions each
        left for access                3,000  TLB misses, devices
        left for system                1,500  CSRs, fences, calls and returns of the kernel
        left for other                    67
      TLB misses
        load                          12,345
        store                            678
        fetch                              9
      World switches
        budget                         1,500  the end of a run
        idle                              20  nothing to do
        notify                             3  a request to a device
        stop                               1
        module                           100  code was compiled"
    `);
  });

  test("tells of refused modules, and of a machine that compiled nothing", () => {
    const { jit } = STATISTICS;
    expect(statisticsLines({ ...STATISTICS, jit: { ...jit, refusals: 4 } }).join("\n")).toMatch(/modules refused +4/);
    const nothing = { ...jit, modules: 0, units: 0, compiledInsns: 0, entries: 0 };
    const text = statisticsLines({ ...STATISTICS, jit: nothing, runMs: 0, wallMs: 0 }).join("\n");
    expect(text).toContain("all interpreted");
    expect(text).not.toMatch(/units|NaN|Infinity/);
  });
});

describe("the command", () => {
  test("--stats tells what was done, after why it ended", async () => {
    const { code, stderr } = await colinux(["--stats"], { input: "i=0; while [ $i -lt 500 ]; do i=$((i+1)); done\n" });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^colinux: Powered off\.\ncolinux: What the machine did since its last boot:\n/);
    expect(stderr).toMatch(/instructions +[\d,]+ {2}\d+\.\d % compiled/);
    for (const name of ["modules", "units entered", "load", "store", "fetch", "notify", "stop"]) {
      expect(stderr).toMatch(new RegExp(`^ +${name} +[1-9]`, "m"));
    }
  });

  test("--no-jit compiles nothing", async () => {
    const { code, stderr } = await colinux(["--no-jit", "--stats"]);
    expect(code).toBe(0);
    expect(stderr).toContain("all interpreted");
    expect(stderr).not.toContain("module");
  });
});
