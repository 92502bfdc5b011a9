import { describe, expect, test } from "vitest";
import { BrowserEnvironment } from "../../host-js/browser/environment.js";
import { Clock } from "../../host-js/common/clock.js";

/** Clocks that a test moves by hand; the monotonic one of some browsers stands still while the computer sleeps. */
class HandClocks {
  ms = { monotonic: 500, wall: 1.7e12 };

  monotonic = () => this.ms.monotonic;
  wall = () => this.ms.wall;

  pass(ms: number, { asleep = false } = {}): void {
    if (!asleep) this.ms.monotonic += ms;
    this.ms.wall += ms;
  }
}

describe("BrowserEnvironment.now()", () => {
  test("counts the time that the computer slept, also when nobody asked before", () => {
    const clocks = new HandClocks();
    const environment = new BrowserEnvironment(clocks);
    clocks.pass(1000);
    clocks.pass(3_600_000, { asleep: true });
    clocks.pass(10);
    expect(environment.now()).toBeCloseTo(500 + 3_601_010, 3);
    clocks.pass(60_000, { asleep: true });
    expect(environment.now()).toBeCloseTo(500 + 3_661_010, 3);
  });

  test("counts once what a browser's own clock counted, too", () => {
    const clocks = new HandClocks();
    const environment = new BrowserEnvironment(clocks);
    clocks.pass(3_600_000);
    expect(environment.now()).toBe(500 + 3_600_000);
  });

  test("does not go back when the clock is set back, nor follow one that is slewed", () => {
    const clocks = new HandClocks();
    const environment = new BrowserEnvironment(clocks);
    clocks.ms.wall -= 86_400_000;
    clocks.pass(5);
    expect(environment.now()).toBe(505);
    for (let i = 0; i < 100; i++) {
      clocks.ms.wall += 10;
      clocks.pass(1000);
      environment.now();
    }
    // Slewed by one second all in all, which is less than a jump.
    expect(environment.now()).toBe(505 + 100_000);
  });
});

test("a guest's clocks are right after a sleep", () => {
  const clocks = new HandClocks();
  const environment = new BrowserEnvironment(clocks);
  const clock = new Clock(environment, new DataView(new ArrayBuffer(1 << 20)));
  const dueTick = 10_000_000 * 60;
  expect(clock.msUntil(dueTick)).toBe(60_000);
  clock.followWallTime(environment.now());
  clocks.pass(59_000, { asleep: true });
  expect(clock.msUntil(dueTick)).toBe(1000);
  // Uptime and wall time have gone on together: there is no step to be told.
  expect(clock.followWallTime(environment.now())).toBe(false);
});

describe("BrowserEnvironment.after()", () => {
  test("wakes by the clock and not by the timer, which throttled tabs and sleeping computers delay", async () => {
    const clocks = new HandClocks();
    const environment = new BrowserEnvironment(clocks);
    let woken = 0;
    environment.after(30, () => woken++);
    await new Promise((done) => setTimeout(done, 60));
    // The timer came, but the clock has stood still.
    expect(woken).toBe(0);
    clocks.pass(30);
    await new Promise((done) => setTimeout(done, 60));
    expect(woken).toBe(1);
  });

  test("does not wake after it was called off", async () => {
    const environment = new BrowserEnvironment();
    let woken = 0;
    environment.after(5, () => woken++)();
    await new Promise((done) => setTimeout(done, 30));
    expect(woken).toBe(0);
  });
});

test("BrowserEnvironment.random() fills buffers of any size", () => {
  const bytes = new Uint8Array(200_000);
  new BrowserEnvironment().random(bytes);
  expect(new Set(bytes).size).toBe(256);
});
