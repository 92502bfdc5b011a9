/*
 * The example page in a tab whose timers the browser holds back, and on a computer that slept: clocks are right, and nothing is lost. Both are played to
 * page and Worker by what is put before their scripts, since no browser does either at a word.
 */

import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../kernels/package/page.js";
import { chromiumPath, launchChromium } from "../support/chromium.js";
import { temporaryFolder } from "../support/folder.js";
import type { StaticServer } from "../support/static-server.js";
import { Demo, serveDemo } from "./demo.js";

/** As browsers do to timers of pages that nobody sees. */
const THROTTLED = `{
  const set = globalThis.setTimeout;
  globalThis.setTimeout = (call, ms = 0, ...args) => set(call, Math.max(ms, 1000), ...args);
}`;

/** After a sleep the wall clock has gone on, and the other one has not. */
const SLEEPY = `{
  const now = Date.now;
  let slept = 0;
  Date.now = () => now() + slept;
  new BroadcastChannel("sleep").onmessage = ({ data }) => { slept += data; };
}`;

describe.skipIf(chromiumPath() === undefined && "chromium is not installed")("the example page", () => {
  const folder = temporaryFolder();
  let server: StaticServer;
  let browser: Browser;
  let demo: Demo;
  beforeAll(async () => {
    server = await serveDemo(await buildPage(folder));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });
  afterEach(() => demo?.close());

  const before = (script: string) => async (context: BrowserContext) => {
    await context.addInitScript(script);
    await context.route("**/worker-*.js", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${script}\n${await response.text()}` });
    });
  };
  let asked = 0;
  const guestSeconds = async (command: string) => {
    const said = new RegExp(`^answer-${++asked}:(\\d+)$`, "m");
    await demo.run(`echo answer-${asked}:$(${command})`, said);
    return Number(said.exec(await demo.text())![1]);
  };

  test("has the right time in a tab whose timers come once a second, and shows all that was said", async () => {
    demo = await Demo.open(browser, `${server.url}page/`, {}, before(THROTTLED));
    await demo.prompt();
    expect(Math.abs((await guestSeconds("date +%s")) - Date.now() / 1000)).toBeLessThan(5);
    await demo.run("clear; for i in $(seq 5); do sleep 0.1; echo tick $i; done; seq 3000; echo do''ne", /^done$/);
    const lines = (await demo.text()).split("\n");
    const from = lines.indexOf("tick 1");
    expect(lines.slice(from, from + 3006)).toEqual([
      ...Array.from({ length: 5 }, (_, i) => `tick ${i + 1}`),
      ...Array.from({ length: 3000 }, (_, i) => `${i + 1}`),
      "done",
    ]);
    expect(Math.abs((await guestSeconds("date +%s")) - Date.now() / 1000)).toBeLessThan(5);
  });

  test("has slept when its computer has", async () => {
    demo = await Demo.open(browser, `${server.url}page/`, {}, before(SLEEPY));
    await demo.prompt();
    await demo.run("echo be''fore > /root/kept; (sleep 7000; echo wo''ken) & sleep 1; clear; echo we''ll", /^well$/);
    const uptime = await guestSeconds("cut -d. -f1 /proc/uptime");
    await demo.page.evaluate(() => new BroadcastChannel("sleep").postMessage(7_200_000));
    expect((await guestSeconds("cut -d. -f1 /proc/uptime")) - uptime).toBeGreaterThanOrEqual(7200);
    expect(Math.abs((await guestSeconds("date +%s")) - 7200 - Date.now() / 1000)).toBeLessThan(5);
    await demo.run("clear; cat /root/kept; wait; echo al''l", /^before[\s\S]*^all$/);
    await demo.reaches("Running");
  });
});
