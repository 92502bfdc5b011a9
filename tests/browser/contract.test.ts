/*
 * The contract of a machine in Debian's Chromium.
 */

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findInitramfs, findKernel } from "../../kernels/index.js";
import { CASES } from "../contracts/machine.js";
import { chromiumPath, launchChromium } from "../support/chromium.js";
import { type PageServer, servePage } from "../support/page-server.js";

describe.skipIf(chromiumPath() === undefined && "chromium is not installed")("a machine in Chromium", () => {
  let server: PageServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const [kernel, initramfs] = [findKernel()!.image, findInitramfs()!.cpio];
    server = await servePage({ script: "tests/browser/contract-page.ts", kernel, initramfs });
    browser = await launchChromium();
    page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => document.title !== "");
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test.each(CASES)("$name", async ({ name }) => {
    expect(await page.evaluate((which) => runContract(which), name)).toBeUndefined();
  });
});
