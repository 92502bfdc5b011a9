import { beforeEach, describe, expect, it } from "vitest";
import {
  COOP_EVENT_WALL,
  COOP_REPORT_BYTES,
  COOP_REPORT_CAUSE,
  COOP_REPORT_KIND,
  COOP_REPORT_OOPS,
  COOP_REPORT_PANIC,
  COOP_REPORT_SURVIVED,
  COOP_REPORT_TEXT,
  HART_PC,
  HART_PTR,
  OP_BUDGET,
  OP_FAULT,
  OP_FOREIGN,
  OP_IDLE,
  OP_NOTIFY,
  OP_PANIC,
  OP_REPORT,
  OP_STATUS,
  OP_STOP,
  PASSAGE_DEADLINE,
  PASSAGE_LEFT,
  PASSAGE_NOTIFIED,
  PASSAGE_NOW,
  PASSAGE_PTR,
  PASSAGE_RATE,
  PASSAGE_TIME,
  PASSAGE_WALL,
  RAM_PTR,
  SLOT_BYTES,
  SLOT_NOTIFIED,
  SLOT_STATUS,
  SLOTS_PTR,
  STOP_FAILURE,
  STOP_POWEROFF,
  STOP_REBOOT,
} from "../../assembly/abi.js";
import { Clock } from "../../host-js/common/clock.js";
import { GuestConsole } from "../../host-js/common/console/console.js";
import { OUTPUT_BYTES_MAX } from "../../host-js/common/console/output.js";
import type { Backend } from "../../host-js/common/devices/backend.js";
import { Slot } from "../../host-js/common/devices/slot.js";
import { Loop } from "../../host-js/common/loop.js";
import { writeU64 } from "../../host-js/common/memory.js";
import type { StopReason } from "../../host-js/common/options.js";
import { Sampling } from "../../host-js/common/sampler.js";
import { FakeCore, FakeEnvironment, settle } from "./fakes.js";

const NEVER = 2 ** 64 - 2048;

let core: FakeCore;
let environment: FakeEnvironment;
let guest: GuestConsole;
let loop: Loop;
let clock: Clock;
let slots: Map<number, Slot>;
let reports: string[];

beforeEach(() => {
  core = new FakeCore();
  reports = [];
  environment = new FakeEnvironment();
  const memory = core.memory();
  guest = new GuestConsole(core, memory, { columns: 80, rows: 24, polledUart: false }, () => loop.wake());
  clock = new Clock(environment, memory.view);
  slots = new Map([[40, new Slot(40, guest.backend, memory, () => loop.wake())]]);
  const sampling = new Sampling(undefined, core, memory);
  loop = new Loop({
    environment,
    core,
    memory,
    clock,
    sampling,
    console: guest,
    slots,
    bare: undefined,
    report: (text) => reports.push(text),
  });
});

/** Plays one operation after the other; each takes half a millisecond. The last one is repeated. */
function play(...operations: (() => number)[]): void {
  let at = 0;
  core.onRun = () => {
    environment.ms += 0.5;
    return operations[Math.min(at++, operations.length - 1)]!();
  };
}

const budget = () => OP_BUDGET;
const stop = (how: number) => () => core.operation(OP_STOP, how);
const idle = (untilTick: number) => () => {
  writeU64(core.view, PASSAGE_PTR + PASSAGE_DEADLINE, untilTick);
  return OP_IDLE;
};

describe("the world switch", () => {
  it.each<[string, number, StopReason["kind"]]>([
    ["poweroff", STOP_POWEROFF, "poweroff"],
    ["reboot", STOP_REBOOT, "reboot"],
    ["a system failure", STOP_FAILURE, "panic"],
  ])("run() ends with %s", async (_, how, kind) => {
    play(stop(how));
    expect((await loop.run()).kind).toBe(kind);
  });

  it("run() ends with halt when the kernel said that it halts", async () => {
    play(() => {
      core.print("[    1.0] reboot: System halted\n");
      return core.operation(OP_STOP, STOP_POWEROFF);
    });
    expect(await loop.run()).toEqual({ kind: "halt" });
  });

  it("run() ends with a fault of the core, with its numbers", async () => {
    play(() => core.operation(OP_FAULT, 7, 0xff, 1));
    expect(await loop.run()).toEqual({ kind: "fault", message: "The core reports fault 7 (0xff, 0x1)" });
  });

  it("run() ends once when killed, also asleep", async () => {
    play(idle(NEVER));
    const ended = loop.run();
    await settle();
    loop.kill();
    loop.kill();
    expect(await ended).toEqual({ kind: "killed" });
  });

  it("run() ends with the text of a panic that pvpanic reports", async () => {
    play(
      () => {
        core.print("[    0.61] Kernel panic - not syncing: no init\n");
        return core.operation(OP_PANIC, 1);
      },
      () => {
        core.print("[    0.62] ---[ end Kernel panic - not syncing: no init ]---\n");
        return OP_BUDGET;
      },
    );
    expect(await loop.run()).toEqual({ kind: "panic", message: "no init" });
  });

  it("run() ends with a panic when the guest sleeps for ever after its report", async () => {
    play(() => core.operation(OP_PANIC, 1), idle(NEVER));
    expect(await loop.run()).toEqual({ kind: "panic", message: "the kernel gave no reason" });
  });

  it("run() ends with a panic when the guest reboots right after its report", async () => {
    play(() => core.operation(OP_PANIC, 1), stop(STOP_REBOOT));
    expect((await loop.run()).kind).toBe("panic");
  });

  it("run() goes on after pvpanic reports that a crash kernel was loaded", async () => {
    play(() => core.operation(OP_PANIC, 2), stop(STOP_POWEROFF));
    expect((await loop.run()).kind).toBe("poweroff");
  });

  it("gives the event loop its turn after 4 ms, whatever the guest does", async () => {
    play(...Array.from({ length: 16 }, () => () => OP_NOTIFY), stop(STOP_POWEROFF));
    await loop.run();
    expect(environment.turns).toBe(2);
  });

  it("does not run the guest before a reset that waits for requests in flight", async () => {
    let finish!: () => void;
    const backend: Backend = {
      deviceId: 2,
      features: [],
      queueSizes: [8],
      config: new Uint8Array(0),
      attach: () => undefined,
      notify: () => undefined,
      reset: () => new Promise<void>((resolve) => (finish = resolve)),
    };
    slots.set(5, new Slot(5, backend, core.memory(), () => undefined));
    play(() => core.operation(OP_STATUS, 5, 0), stop(STOP_POWEROFF));
    const ended = loop.run();
    await settle();
    expect(core.budgets.length).toBe(1);
    finish();
    expect(await ended).toEqual({ kind: "poweroff" });
  });

  it("holds the guest while nobody reads its console", async () => {
    play(() => {
      core.print("x".repeat(8192));
      return OP_BUDGET;
    });
    const ended = loop.run();
    // Each turn is a real one, so the loop has to be waited for.
    const runs = OUTPUT_BYTES_MAX / 8192;
    while (core.budgets.length < runs) await settle();
    await settle();
    expect(core.budgets.length).toBeLessThanOrEqual(runs + 2);
    const held = core.budgets.length;
    const reader = guest.output.stream.getReader();
    for (let i = 0; i < 10; i++) await reader.read();
    await settle();
    expect(core.budgets.length).toBeGreaterThan(held);
    loop.kill();
    await ended;
  });
});

describe("notified queues", () => {
  const noted: [slot: number, queue: number][] = [];
  const backend = (slot: number): Backend => ({
    deviceId: 2,
    features: [],
    queueSizes: [16, 16],
    config: new Uint8Array(0),
    attach: () => undefined,
    notify: (queue) => void noted.push([slot, queue]),
  });
  const note = (slot: number, queues: number) => {
    const half = PASSAGE_PTR + PASSAGE_NOTIFIED + 4 * (slot >> 5);
    core.view.setUint32(half, core.view.getUint32(half, true) | (1 << (slot & 31)), true);
    core.view.setUint32(SLOTS_PTR + slot * SLOT_BYTES + SLOT_NOTIFIED, queues, true);
  };

  it("are served after a run whatever it ended for, once, those of all slots", async () => {
    for (const number of [0, 31, 33]) {
      slots.set(number, new Slot(number, backend(number), core.memory(), () => undefined));
      core.view.setUint32(SLOTS_PTR + number * SLOT_BYTES + SLOT_STATUS, 0xf, true);
    }
    play(
      () => {
        note(0, 0b10);
        note(31, 0b11);
        note(33, 0b1);
        return OP_BUDGET;
      },
      budget,
      stop(STOP_POWEROFF),
    );
    await loop.run();
    expect(noted).toEqual([
      [0, 1],
      [31, 0],
      [31, 1],
      [33, 0],
    ]);
  });

  it("of slots and queues that are not there do no harm", async () => {
    play(() => {
      note(7, 0xffff_ffff);
      return OP_NOTIFY;
    }, stop(STOP_POWEROFF));
    expect((await loop.run()).kind).toBe("poweroff");
  });
});

describe("a cooperative kernel", () => {
  const report = (kind: number, text: string) => () => {
    const ptr = RAM_PTR + 0x1000;
    core.view.setUint32(ptr + COOP_REPORT_KIND, kind, true);
    core.view.setBigUint64(ptr + COOP_REPORT_CAUSE, 13n, true);
    new Uint8Array(core.buffer).set(new TextEncoder().encode(`${text}\0`), ptr + COOP_REPORT_TEXT);
    return core.operation(OP_REPORT, ptr, COOP_REPORT_BYTES);
  };
  const OOPS = "Oops: load from where there is no memory, address 0x0";

  it("that reports an oops and switches off has ended by it", async () => {
    play(report(COOP_REPORT_OOPS, "Oops"), stop(STOP_POWEROFF));
    expect(await loop.run()).toMatchObject({ kind: "panic", message: OOPS, report: { kind: "oops", stack: [] } });
  });

  it("that hangs after an oops is ended", async () => {
    play(report(COOP_REPORT_OOPS, "Oops"), idle(NEVER));
    const ended = loop.run();
    await settle();
    await environment.advance(20_000);
    expect(await ended).toMatchObject({ kind: "panic", message: OOPS });
  });

  it("that survives an oops ends as it likes, and the user is told", async () => {
    play(report(COOP_REPORT_SURVIVED, "Oops"), stop(STOP_POWEROFF));
    expect(await loop.run()).toEqual({ kind: "poweroff" });
    expect(reports).toEqual([`The guest's kernel found an error in itself and goes on: ${OOPS}`]);
  });

  it("that reports a panic has ended by it", async () => {
    play(report(COOP_REPORT_PANIC, "no init"), idle(NEVER));
    expect(await loop.run()).toMatchObject({ kind: "panic", message: "no init", report: { kind: "panic" } });
  });

  it("of another version is told of once", async () => {
    play(
      () => core.operation(OP_FOREIGN, 9),
      () => core.operation(OP_FOREIGN, 9),
      stop(STOP_POWEROFF),
    );
    await loop.run();
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain("version 9");
  });

  it("is told when the host's clock was set", async () => {
    play(budget, stop(STOP_POWEROFF));
    clock.followWallTime(environment.now());
    core.announced.length = 0;
    environment.wallMs += 5000;
    await loop.run();
    expect(core.announced).toContain(COOP_EVENT_WALL);
  });
});

describe("an idle guest", () => {
  it("sleeps until its deadline with one timer", async () => {
    // Boot was at 1000 ms; the guest runs for half a millisecond and sleeps until 100 ms after boot.
    play(idle(1_000_000), stop(STOP_POWEROFF));
    const ended = loop.run();
    await settle();
    expect([...environment.timers].map(({ ms }) => ms)).toEqual([100]);
    expect(environment.turns).toBe(0);
    await environment.advance(50);
    expect(core.budgets.length).toBe(1);
    await environment.advance(50);
    expect(await ended).toEqual({ kind: "poweroff" });
  });

  it("waits for a near deadline by turns of the event loop", async () => {
    play(idle(9_000), stop(STOP_POWEROFF));
    const ended = loop.run();
    await settle();
    expect(environment.timers.size).toBe(0);
    expect(environment.turns).toBeGreaterThan(0);
    environment.ms += 1;
    expect(await ended).toEqual({ kind: "poweroff" });
  });

  it("sleeps on when a timer fires early", async () => {
    play(idle(1_000_000), stop(STOP_POWEROFF));
    const ended = loop.run();
    await settle();
    environment.ms += 90;
    for (const timer of environment.timers) timer.wake();
    await settle();
    expect(core.budgets.length).toBe(1);
    await environment.advance(10);
    await ended;
  });

  it("never asks for a timer that JavaScript cannot represent", async () => {
    play(idle(NEVER));
    const ended = loop.run();
    await settle();
    expect([...environment.timers].map(({ ms }) => ms)).toEqual([2 ** 31 - 1]);
    loop.kill();
    await ended;
  });

  it("does not sleep when its deadline has passed while it ran", async () => {
    play(idle(4_000), stop(STOP_POWEROFF));
    await loop.run();
    expect(environment.timers.size).toBe(0);
  });

  it("wakes for an interrupt", async () => {
    play(idle(NEVER), stop(STOP_POWEROFF));
    const ended = loop.run();
    await settle();
    loop.wake();
    expect(await ended).toEqual({ kind: "poweroff" });
    expect(environment.timers.size).toBe(0);
  });

  it("wakes for console input", async () => {
    core.listening = true;
    play(idle(NEVER), stop(STOP_POWEROFF));
    const ended = loop.run();
    await settle();
    await guest.input.stream.getWriter().write(new Uint8Array([97]));
    await ended;
    expect(core.uart).toEqual([97]);
  });

  it("does not sleep over a completion that came while it was going idle", async () => {
    play(() => {
      loop.wake();
      return idle(NEVER)();
    }, stop(STOP_POWEROFF));
    expect(await loop.run()).toEqual({ kind: "poweroff" });
  });
});

describe("a sampler", () => {
  const insnsOf = (look: unknown[]) => look[1];

  it("looks after exactly as many instructions as it asked for, wherever the guest gives control back", async () => {
    const intervals = [700, 1, 90_000];
    const looks: [pc: bigint, insns: number, ms: number][] = [];
    const sampling = new Sampling(
      {
        interval: () => intervals[looks.length % intervals.length]!,
        look: ({ pc }, insns, ms) => looks.push([pc, insns, ms]),
      },
      core,
      core.memory(),
    );
    loop = new Loop({
      environment,
      core,
      memory: core.memory(),
      clock,
      sampling,
      console: guest,
      slots,
      bare: undefined,
      report: () => undefined,
    });
    let executed = 0;
    core.onRun = (budget) => {
      // Every other run ends after a part of its budget.
      const left = core.budgets.length % 2 === 0 ? 0 : budget >>> 1;
      executed += budget - left;
      environment.ms += (budget - left) / 100_000;
      core.view.setUint32(PASSAGE_PTR + PASSAGE_LEFT, left, true);
      core.view.setBigUint64(HART_PTR + HART_PC, BigInt(executed), true);
      return core.budgets.length < 200 ? OP_BUDGET : core.operation(OP_STOP, STOP_POWEROFF);
    };
    await loop.run();
    expect(looks.length).toBeGreaterThan(6);
    expect(looks.slice(0, 6).map(insnsOf)).toEqual([700, 1, 90_000, 700, 1, 90_000]);
    expect(looks.slice(0, 4).map(([pc]) => pc)).toEqual([700n, 701n, 90_701n, 91_401n]);
    expect(looks[2]![2]).toBeCloseTo(0.9);
  });
});

describe("the guest's clock", () => {
  const now = () => Number(core.view.getBigUint64(PASSAGE_PTR + PASSAGE_NOW, true));

  it("counts ticks of 100 ns since boot", () => {
    clock.enter(1000 + 12.34565, 1000);
    expect(now()).toBe(123_456);
  });

  it("wall time is PASSAGE_WALL + ticks * 100, also after the host's clock was set", () => {
    const wall = () => Number(core.view.getBigInt64(PASSAGE_PTR + PASSAGE_WALL, true) / 1_000_000n);
    clock.followWallTime(1000);
    expect(wall()).toBe(1_700_000_001_000);
    environment.ms = 5000;
    clock.followWallTime(5000);
    expect(wall()).toBe(1_700_000_001_000);
    environment.wallMs += 3_600_000;
    clock.followWallTime(5000);
    expect(wall()).toBe(1_700_003_601_000);
  });

  it("budget() and the rate follow the measured speed, and guest time stays behind the host's", () => {
    for (let i = 0; i < 50; i++) clock.ran(400_000, 4);
    expect(clock.budget(4)).toBeGreaterThan(390_000);
    expect(clock.budget(4)).toBeLessThanOrEqual(400_000);
    clock.enter(1000, 400_000);
    const ticksPerInsn = Number(core.view.getBigUint64(PASSAGE_PTR + PASSAGE_RATE, true)) / 2 ** 32;
    expect(ticksPerInsn * 400_000).toBeLessThan(4 * 10_000);
    expect(ticksPerInsn * 400_000).toBeGreaterThan(3.6 * 10_000);
  });

  it("learns from runs that the host's clock is too coarse to see", () => {
    const coarse = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    for (let i = 0; i < 1000; i++) clock.ran(10_000, coarse[i % 10]!);
    expect(clock.budget(1)).toBeGreaterThan(95_000);
    expect(clock.budget(1)).toBeLessThan(105_000);
  });

  /** A guest that plays the core's part in keeping time, `insnsPerMs` fast; returns how far its time ran ahead of the host's at most. */
  async function aheadAtMost(
    insnsPerMs: (run: number) => number,
    runs: number,
  ): Promise<{ aheadMs: number; behindMs: number }> {
    let guestTicks = 0;
    let aheadMs = 0;
    let behindMs = 0;
    core.onRun = (budget) => {
      const rate = Number(core.view.getBigUint64(PASSAGE_PTR + PASSAGE_RATE, true)) / 2 ** 32;
      guestTicks = Math.max(guestTicks, now()) + budget * rate;
      writeU64(core.view, PASSAGE_PTR + PASSAGE_TIME, Math.floor(guestTicks));
      environment.ms += budget / insnsPerMs(core.budgets.length);
      const ahead = guestTicks / 10_000 - (environment.ms - 1000);
      aheadMs = Math.max(aheadMs, ahead);
      behindMs = Math.max(behindMs, -ahead);
      return core.budgets.length < runs ? OP_BUDGET : core.operation(OP_STOP, STOP_POWEROFF);
    };
    await loop.run();
    return { aheadMs, behindMs };
  }

  it("guest time is never ahead of the host's by more than a run when the guest's speed jumps to and fro", async () => {
    const { aheadMs, behindMs } = await aheadAtMost((run) => (run % 400 < 200 ? 100_000 : 1_500_000), 2000);
    expect(aheadMs).toBeLessThan(1);
    // A run that was to take 1 ms takes 15 when the guest becomes 15 times as slow.
    expect(behindMs).toBeLessThan(16);
  });

  it("begins with budgets small enough for the engine to replace its first code soon", async () => {
    play(budget, stop(STOP_POWEROFF));
    await loop.run();
    expect(core.budgets[0]).toBeLessThanOrEqual(100_000);
  });

  it("counts only what was retired of a budget", async () => {
    core.onRun = () => {
      environment.ms += 1;
      core.view.setUint32(PASSAGE_PTR + PASSAGE_LEFT, core.budgets.at(-1)! - 1000, true);
      return core.budgets.length < 40 ? OP_BUDGET : core.operation(OP_STOP, STOP_POWEROFF);
    };
    await loop.run();
    expect(clock.budget(10)).toBeLessThan(12_000);
  });
});
