/*
 * The embedded guest in Debian's Chromium: boots in a Worker, takes a command, powers off.
 */

import { statSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findInitramfs, findKernel } from "../../kernels/index.js";
import { chromiumPath, launchChromium } from "../support/chromium.js";
import { type PageServer, servePage } from "../support/page-server.js";

describe.skipIf(chromiumPath() === undefined && "chromium is not installed")("the embedded guest in Chromium", () => {
  let server: PageServer;
  let browser: Browser;
  let page: Page;
  const failures: string[] = [];

  beforeAll(async () => {
    const [kernel, initramfs] = [findKernel()!.image, findInitramfs()!.cpio];
    server = await servePage({ script: "tests/browser/page.ts", kernel, initramfs });
    browser = await launchChromium();
    page = await browser.newPage();
    page.on("pageerror", (error) => failures.push(error.message));
    page.on("console", (message) => failures.push(message.text()));
    await page.goto(server.url);
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const text = () => page.evaluate(() => session.text);

  async function waitFor(pattern: RegExp): Promise<void> {
    const seen = (source: string) => new RegExp(source, "m").test(globalThis.session?.text ?? "");
    await page.waitForFunction(seen, pattern.source, { timeout: 30_000 }).catch(async (error: unknown) => {
      throw new Error(`${pattern} did not come; the guest said: ${await text()} ${failures.join("\n")}`, {
        cause: error,
      });
    });
  }

  test("tells how far its boot has come", async () => {
    await waitFor(/[#$] $/);
    const progress = await page.evaluate(() => session.progress);
    expect(progress.at(-1)).toEqual({ stage: "start" });
    for (const [file, path] of [
      ["kernel", findKernel()!.image],
      ["initrd", findInitramfs()!.cpio],
    ] as const) {
      const loaded = progress.flatMap((step) =>
        step.stage === "download" && step.file === file ? step.loadedBytes : [],
      );
      expect(loaded[0]).toBe(0);
      expect(loaded.at(-1)).toBe(statSync(path).size);
      expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
    }
  });

  test("reaches its prompt, runs uname and powers off", async () => {
    await waitFor(/[#$] $/);
    await page.evaluate(() => session.type("uname -m\n"));
    await waitFor(/^riscv64\r?$/);
    await page.evaluate(() => session.type("poweroff\n"));
    await page.waitForFunction(() => session.stopped, undefined, { timeout: 30_000 });
    expect(await page.evaluate(() => session.stopped)).toEqual({ kind: "poweroff" });
    expect(failures).toEqual([]);
  });
});
