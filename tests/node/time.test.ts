/*
 * Guest time and idleness, seen from outside the process.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Session } from "../support/session.js";

/** Difference between the host's wall clock and the guest's, in seconds. */
async function offset(session: Session): Promise<number> {
  session.type("\n");
  const text = await session.run(
    "adjtimex | awk '/time.tv_sec/{s=$2} /time.tv_usec/{u=$2} END{printf \"%d.%06d\\n\",s,u}'",
  );
  return Date.now() / 1000 - Number(/\d{9,}\.\d+/.exec(text)![0]);
}

test("an idle shell uses less than 1 % of a core", async () => {
  const session = await Session.atPrompt();
  await sleep(1000);
  // The engine may still be optimising what was compiled while Linux started.
  await sleep(3000);
  const before = session.cpuSeconds();
  await sleep(10_000);
  expect(session.cpuSeconds() - before).toBeLessThan(0.1);
  await session.powerOff();
});

test("guest time keeps to the host's and is right after SIGSTOP and SIGCONT", async () => {
  const session = await Session.atPrompt();
  const before = await offset(session);
  await sleep(5000);
  expect(Math.abs((await offset(session)) - before)).toBeLessThan(0.25);
  session.process.kill("SIGSTOP");
  await sleep(4000);
  session.process.kill("SIGCONT");
  expect(Math.abs((await offset(session)) - before)).toBeLessThan(0.25);
  await session.powerOff();
});

test("guest time keeps to the host's while the guest's speed changes", async () => {
  const session = await Session.atPrompt();
  const before = await offset(session);
  for (let i = 0; i < 3; i++) {
    // Compiled code in a loop, then many short programs that nothing is compiled of for long.
    await session.run("i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done");
    expect(Math.abs((await offset(session)) - before)).toBeLessThan(0.25);
    await session.run(
      "for i in 1 2 3 4 5 6 7 8 9; do for p in true ls cat date; do $p </dev/null >/dev/null; done; done",
    );
    expect(Math.abs((await offset(session)) - before)).toBeLessThan(0.25);
  }
  await session.powerOff();
});
