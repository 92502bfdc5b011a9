import { describe, expect, test } from "vitest";
import { NodeEnvironment } from "../../host-js/node/environment.js";

/** Clocks that a test moves by hand. */
class HandClocks {
  ms = { monotonic: 500, wall: 1.7e12, uptime: 90_000 };

  monotonic = () => this.ms.monotonic;
  wall = () => this.ms.wall;
  uptime = () => this.ms.uptime;

  pass(ms: number, { asleep = false } = {}): void {
    if (!asleep) this.ms.monotonic += ms;
    this.ms.wall += ms;
    this.ms.uptime += ms;
  }
}

describe("NodeEnvironment.now()", () => {
  test("counts the time that the computer slept", () => {
    const clocks = new HandClocks();
    const environment = new NodeEnvironment(clocks);
    const began = environment.now();
    clocks.pass(1000);
    clocks.pass(3_600_000, { asleep: true });
    clocks.pass(10);
    expect(environment.now() - began).toBeCloseTo(3_601_010, 3);
    clocks.pass(60_000, { asleep: true });
    expect(environment.now() - began).toBeCloseTo(3_661_010, 3);
  });

  test("does not follow somebody who sets the clock", () => {
    const clocks = new HandClocks();
    const environment = new NodeEnvironment(clocks);
    const began = environment.now();
    clocks.ms.wall += 86_400_000;
    clocks.pass(5);
    expect(environment.now() - began).toBe(5);
    clocks.ms.wall -= 2 * 86_400_000;
    clocks.pass(5);
    expect(environment.now() - began).toBe(10);
  });

  test("never goes back", () => {
    const environment = new NodeEnvironment();
    let last = environment.now();
    for (let i = 0; i < 1000; i++) {
      const now = environment.now();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });
});

describe("NodeEnvironment.after()", () => {
  test("wakes once, and not after it was called off", async () => {
    const environment = new NodeEnvironment();
    let woken = 0;
    environment.after(5, () => woken++);
    const off = environment.after(5, () => woken++);
    off();
    await new Promise((done) => setTimeout(done, 40));
    expect(woken).toBe(1);
  });

  test("waits longer than a timer of Node can", async () => {
    const environment = new NodeEnvironment();
    let woken = 0;
    const off = environment.after(1e12, () => woken++);
    await new Promise((done) => setTimeout(done, 20));
    off();
    expect(woken).toBe(0);
  });
});

test("NodeEnvironment.turn() lets timers and immediates run", async () => {
  const environment = new NodeEnvironment();
  let ran = false;
  setImmediate(() => (ran = true));
  await environment.turn();
  expect(ran).toBe(true);
});

test("NodeEnvironment.random() fills buffers of any size", () => {
  const bytes = new Uint8Array(200_000);
  new NodeEnvironment().random(bytes);
  expect(new Set(bytes).size).toBe(256);
});
