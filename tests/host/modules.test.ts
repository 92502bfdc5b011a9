/*
 * What the host does with compiled code: when an engine refuses it, and when it is no longer needed.
 */

import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  JIT_THRESHOLD_MAX,
  PASSAGE_PTR,
  PASSAGE_THRESHOLD,
  RAM_PA,
  TABLE_FIRST,
  TABLE_UNITS,
} from "../../assembly/abi.js";
import { bootLocal } from "../../host-js/common/boot-local.js";
import { features } from "../../host-js/common/features.js";
import type { Machine } from "../../host-js/common/index.js";
import { Modules, TABLE_ENTRIES } from "../../host-js/common/modules.js";
import { NodeEnvironment } from "../../host-js/node/environment.js";
import * as asm from "../support/assembler.js";
import { a0, a1, a2, a6, a7, type Item, label, li, program, ra, s0, s1, t0, zero } from "../support/assembler.js";
import { MIB } from "./fakes.js";
import { linuxImage } from "./files.js";

/** (module (func (export "0")) (func (export "1"))) */
const MODULE = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 4, 1, 0x60, 0, 0],
  ...[3, 3, 2, 0, 0],
  ...[7, 9, 2, 1, 0x30, 0, 0, 1, 0x31, 0, 1],
  ...[10, 7, 2, 2, 0, 0x0b, 2, 0, 0x0b],
);
const MODULE_PTR = 0x2_0000;

const { Instance, Module } = WebAssembly;
const instances: WeakRef<WebAssembly.Instance>[] = [];
/** How many more modules the engine refuses. */
let refuse = 0;
let collect: () => void;

beforeAll(() => {
  setFlagsFromString("--expose-gc");
  collect = runInNewContext("gc");
});

beforeEach(() => {
  instances.length = 0;
  refuse = 0;
  WebAssembly.Instance = new Proxy(Instance, {
    construct(target, args) {
      const instance = Reflect.construct(target, args);
      instances.push(new WeakRef(instance));
      return instance;
    },
  });
  WebAssembly.Module = new Proxy(Module, {
    construct(target, args) {
      if (refuse-- > 0) throw new RangeError("WebAssembly.Module(): Out of memory");
      return Reflect.construct(target, args);
    },
  });
});

afterEach(() => {
  Object.assign(WebAssembly, { Instance, Module });
});

/** How many of these instances the engine still keeps. */
async function living(of: readonly WeakRef<WebAssembly.Instance>[]): Promise<number> {
  // References that were looked at stay until the end of the turn.
  await new Promise((turn) => setTimeout(turn, 0));
  // A collection may end a marking that began before they were dropped, and keeps what that had found.
  for (let i = 0; i < 2; i++) collect();
  return of.filter((instance) => instance.deref() !== undefined).length;
}

describe("Modules", () => {
  const memory = new WebAssembly.Memory({ initial: 4 });
  const view = new DataView(memory.buffer);
  new Uint8Array(memory.buffer).set(MODULE, MODULE_PTR);
  let table: WebAssembly.Table;
  let forgotten: number;
  let reports: string[];
  let modules: Modules;

  beforeEach(() => {
    table = new WebAssembly.Table({ element: "anyfunc", initial: TABLE_ENTRIES });
    forgotten = 0;
    reports = [];
    modules = new Modules({
      memory,
      table,
      now: () => 0,
      forgetUnits: () => forgotten++,
      report: (text) => reports.push(text),
    });
    modules.restart(200);
  });

  const install = (place: number) => modules.install(MODULE_PTR, MODULE.length, place | (2 << 16));
  const threshold = () => view.getUint32(PASSAGE_PTR + PASSAGE_THRESHOLD, true);

  it("install() puts functions where the core calls them, and counts", () => {
    install(TABLE_FIRST);
    install(TABLE_FIRST + 2);
    for (let i = 0; i < 4; i++) expect(table.get(TABLE_FIRST + i)).toBeTypeOf("function");
    expect(modules.counts).toMatchObject({ modules: 2, moduleBytes: 2 * MODULE.length, refusals: 0 });
  });

  it("install() empties the places behind when the core begins anew", async () => {
    for (let place = TABLE_FIRST; place < TABLE_FIRST + 40; place += 2) install(place);
    install(TABLE_FIRST);
    expect(table.get(TABLE_FIRST + 1)).not.toBeNull();
    for (let i = 2; i < 40; i++) expect(table.get(TABLE_FIRST + i)).toBeNull();
    expect(await living(instances)).toBeLessThanOrEqual(2);
  });

  it("restart() forgets all modules and their counts", () => {
    install(TABLE_FIRST);
    modules.restart(0);
    expect(table.get(TABLE_FIRST)).toBeNull();
    expect(modules.counts.modules).toBe(0);
    expect(threshold()).toBe(0);
  });

  it("a refused module makes the core forget all and compile later", () => {
    install(TABLE_FIRST);
    refuse = 1;
    install(TABLE_FIRST + 2);
    expect(forgotten).toBe(1);
    expect(table.get(TABLE_FIRST)).toBeNull();
    expect(threshold()).toBe(1600);
    expect(modules.counts).toMatchObject({ modules: 1, refusals: 1 });
    install(TABLE_FIRST);
    expect(table.get(TABLE_FIRST)).not.toBeNull();
  });

  it("repeated refusals end compiling and are told once", () => {
    refuse = 5;
    for (let i = 0; i < 3; i++) install(TABLE_FIRST);
    expect(threshold()).toBe(JIT_THRESHOLD_MAX);
    install(TABLE_FIRST);
    expect(threshold()).toBe(0);
    modules.restart(200);
    install(TABLE_FIRST);
    expect(reports).toEqual([expect.stringContaining("Out of memory")]);
  });
});

describe("a machine", () => {
  let core: WebAssembly.Module;
  beforeAll(async () => {
    core = await WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
    // Asks the engine with a module of its own, once.
    features();
  });

  const shutdown: Item[] = [li(a0, 0), li(a1, 0), li(a6, 0), li(a7, 0x5352_5354), asm.ecall()];
  const boot = (items: Item[], ramBytes: number, jitThreshold: number, reports: string[] = []): Promise<Machine> =>
    bootLocal({
      environment: new NodeEnvironment(),
      core,
      kernel: linuxImage({ code: new Uint8Array(program(RAM_PA + 0x20_0040, ...items).bytes) }),
      ramBytes,
      jitThreshold,
      report: (text) => reports.push(text),
    });
  const loop: Item[] = [li(t0, 3_000_000), label("loop"), asm.addi(t0, t0, -1), asm.bnez(t0, "loop"), shutdown];

  it("goes on interpreted to its end when the engine refuses all modules", async () => {
    const reports: string[] = [];
    refuse = Number.POSITIVE_INFINITY;
    const machine = await boot(loop, 16 * MIB, 1, reports);
    expect(await machine.stopped).toEqual({ kind: "poweroff" });
    expect((await machine.statistics()).jit).toMatchObject({ modules: 0, compiledInsns: 0 });
    expect((await machine.statistics()).jit.refusals).toBeGreaterThan(0);
    expect(reports).toEqual([expect.stringContaining("refuses compiled code")]);
  });

  it("compiles again after one refusal", async () => {
    refuse = 1;
    const machine = await boot(loop, 16 * MIB, 1);
    expect(await machine.stopped).toEqual({ kind: "poweroff" });
    expect((await machine.statistics()).jit.refusals).toBe(1);
    expect((await machine.statistics()).jit.compiledInsns).toBeGreaterThan(0);
  });

  it("compiles nothing at threshold 0", async () => {
    const machine = await boot(loop, 16 * MIB, 0);
    expect(await machine.stopped).toEqual({ kind: "poweroff" });
    expect((await machine.statistics()).jit).toMatchObject({ modules: 0, units: 0, compiledInsns: 0, entries: 0 });
  });

  it("keeps the engine's modules bounded while its guest writes and runs new code for ever", async () => {
    const CODE_PA = RAM_PA + 8 * MIB;
    const END_PA = RAM_PA + 56 * MIB;
    const code = program(0, label("again"), asm.addi(a2, a2, -1), asm.bnez(a2, "again"), asm.ret()).bytes;
    const write = [...new Uint32Array(code.slice().buffer)].map((word, i) => [li(t0, word), asm.sw(t0, 4 * i, s0)]);
    const machine = await boot(
      [
        [label("anew"), li(s0, CODE_PA), li(s1, END_PA)],
        [label("next"), write, asm.fence_i(), li(a2, 64), asm.jalr(ra, 0, s0)],
        [li(t0, 4096), asm.add(s0, s0, t0)],
        [asm.bltu(s0, s1, "next"), asm.jal(zero, "anew")],
      ],
      64 * MIB,
      20,
    );
    const counts = async () => (await machine.statistics()).jit;
    const until = async (come: () => Promise<boolean>) => {
      while (!(await come())) await new Promise((later) => setTimeout(later, 20));
    };
    for (let table = 0; table < 2; table++) {
      const before = await counts();
      // Without the core.
      const early = instances.slice(1, 1 + before.modules);
      await until(async () => (await counts()).flushes > before.flushes);
      const { modules } = await counts();
      // With the first module behind a flush, all from before it are given up.
      await until(async () => (await counts()).modules > modules);
      expect(await living(early)).toBeLessThan(early.length * 0.1 + 8);
    }
    await machine.kill();
    const { units, modules } = await counts();
    expect(units).toBeGreaterThan(TABLE_UNITS);
    // And the core.
    expect(instances.length).toBe(modules + 1);
  });
});
