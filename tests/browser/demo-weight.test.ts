/*
 * What the example page costs: bytes until it runs, and the time for which its thread is busy while the guest works.
 *
 * A task counts by the processor time that it took. By the clock, as `longtask` entries count, it also waits for other programs of a busy computer.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kernelsRoot } from "../../kernels/cache.js";
import { buildPage } from "../../kernels/package/page.js";
import { chromiumPath, launchChromium } from "../support/chromium.js";
import { temporaryFolder } from "../support/folder.js";
import type { StaticServer } from "../support/static-server.js";
import { Demo, serveDemo } from "./demo.js";

const BYTES_MAX = 500_000;
const TASK_MS_MAX = 50;

/** An event of Chromium's trace format; times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  /** Processor time. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

const folder = temporaryFolder();
beforeAll(() => buildPage(folder));

test("core, host and terminal of the built page are less than 500 kB, compressed", () => {
  const assets = join(folder, "assets");
  const files = readdirSync(assets).map((name) => join(assets, name));
  expect(files.map((path) => path.replace(/^.*\/(\w+)-.*(\.\w+)$/, "$1$2")).sort()).toEqual(
    expect.arrayContaining(["index.js", "index.css", "worker.js"]),
  );
  const sizes = [...files, join(kernelsRoot(), "../dist/core.wasm")].map((path) => gzipSync(readFileSync(path)).length);
  expect(sizes.reduce((sum, bytes) => sum + bytes)).toBeLessThan(BYTES_MAX);
});

describe.skipIf(chromiumPath() === undefined && "chromium is not installed")("the page's thread", () => {
  let server: StaticServer;
  let browser: Browser;
  let demo: Demo;
  beforeAll(async () => {
    server = await serveDemo(folder);
    browser = await launchChromium();
    demo = await Demo.open(browser, `${server.url}page/`);
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test.each([
    ["says much that is short", "yes | head -100000"],
    ["says much that differs", "find / 2> /dev/null"],
    ["has the screen drawn anew all the time", "for i in $(seq 300); do clear; seq 40; done"],
    ["computes", "i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done"],
    ["writes to its disk", "dd if=/dev/urandom of=/root/x bs=1M count=8; sync"],
  ])("has no task longer than 50 ms while the guest %s", async (_, command) => {
    await demo.prompt();
    await browser.startTracing(demo.page, { categories: ["toplevel", "__metadata"] });
    // To look at the terminal's text is long work itself.
    await demo.page.keyboard.type(`${command}; poweroff\n`);
    await demo.reaches("Stopped");
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
    await demo.page.click("#restart");
    const tasks = pageTasks(traceEvents);
    expect(tasks.length).toBeGreaterThan(10);
    expect(Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000).toBeLessThan(TASK_MS_MAX);
  });
});

/** Those of main threads of pages. */
function pageTasks(events: readonly TraceEvent[]): TraceEvent[] {
  const threads = new Set(
    events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(threadOf),
  );
  return events.filter(
    (event) => /RunTask$/.test(event.name) && event.tdur !== undefined && threads.has(threadOf(event)),
  );
}

function threadOf({ pid, tid }: TraceEvent): string {
  return `${pid}:${tid}`;
}
