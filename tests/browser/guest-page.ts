/*
 * A page with a guest, in a browser that keeps disks, as a test uses it.
 */

import { readlinkSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { findInitramfs, findKernel } from "../../kernels/index.js";
import { type PageServer, servePage } from "../support/page-server.js";

export function serveDisksPage(): Promise<PageServer> {
  return servePage({
    script: "tests/browser/disks-page.ts",
    kernel: findKernel()!.image,
    initramfs: findInitramfs()!.cpio,
  });
}

/** A new tab; its guest is booted by the test. */
export async function openPage(context: BrowserContext, server: PageServer): Promise<Page> {
  const page = await context.newPage();
  await page.goto(server.url);
  await page.waitForFunction(() => document.title !== "");
  return page;
}

/** Writes the disk `name` as a guest would see it into the file `path`. */
export async function exportTo(page: Page, name: string, path: string): Promise<void> {
  const downloading = page.waitForEvent("download");
  await page.evaluate(async (name) => {
    const { stream } = await house.exportDisk(name);
    const link = document.createElement("a");
    link.download = "disk.img";
    link.href = URL.createObjectURL(await new Response(stream).blob());
    link.click();
  }, name);
  await (await downloading).saveAs(path);
}

/** Ends the tab's process, with its Workers, wherever they are. */
export async function killTab(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  void devtools.send("Page.crash").catch(() => undefined);
  await crashed;
  await page.close();
}

/** Ends the browser that keeps what pages store in `profile`, with all its tabs. */
export async function killBrowser(context: BrowserContext, profile: string): Promise<void> {
  const [, pid] = /-(\d+)$/.exec(readlinkSync(join(profile, "SingletonLock")))!;
  const closed = context.waitForEvent("close");
  process.kill(Number(pid), "SIGKILL");
  await closed;
}
