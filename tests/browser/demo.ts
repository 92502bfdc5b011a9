/*
 * The example page in Chromium, as its tests see it.
 */

import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import type {} from "../../host-js/browser/terminal/index.js";
import { kernelsRoot } from "../../kernels/cache.js";
import { findInitramfs, findKernel } from "../../kernels/index.js";
import { type StaticServer, serveFiles } from "../support/static-server.js";

/** Serves a built page with the guest of this checkout where it looks for it. */
export function serveDemo(page: string): Promise<StaticServer> {
  return serveFiles({
    "page/": page,
    "core.wasm": join(kernelsRoot(), "../dist/core.wasm"),
    "guest/kernel.gz": findKernel()!.image,
    "guest/initramfs.gz": findInitramfs()!.cpio,
  });
}

/** What a software renderer says, and what xterm.js says on a busy machine. */
const NOISE = /GL Driver Message|task queue exceeded/;

export class Demo {
  /** What the browser complained of. */
  readonly complaints: string[] = [];
  /** Addresses that were asked for elsewhere than at its server. */
  readonly strangers: string[] = [];
  readonly page: Page;
  readonly context: BrowserContext;

  private constructor(context: BrowserContext, page: Page, origin: string) {
    this.context = context;
    this.page = page;
    page.on("pageerror", ({ message }) => this.complaints.push(message));
    page.on("console", (message) => {
      if (!NOISE.test(message.text())) this.complaints.push(message.text());
    });
    context.on("request", (request) => {
      if (new URL(request.url()).origin !== origin) this.strangers.push(request.url());
    });
  }

  static async open(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
    prepare: (context: BrowserContext) => Promise<unknown> = async () => undefined,
  ): Promise<Demo> {
    const context = await browser.newContext({ viewport: { width: 1000, height: 700 }, ...options });
    await prepare(context);
    return Demo.tab(context, url);
  }

  /** Opens the page in another tab. */
  static async tab(context: BrowserContext, url: string): Promise<Demo> {
    const demo = new Demo(context, await context.newPage(), new URL(url).origin);
    await demo.page.goto(url);
    return demo;
  }

  text(): Promise<string> {
    return this.page.evaluate(() => document.querySelector("colinux-terminal")!.text);
  }

  /** Waits until the terminal's text matches. */
  async sees(pattern: RegExp, timeout = 30_000): Promise<void> {
    const seen = (source: string) => new RegExp(source, "m").test(document.querySelector("colinux-terminal")!.text);
    await this.page.waitForFunction(seen, pattern.source, { timeout }).catch(async (cause: unknown) => {
      const said = [await this.text(), ...this.complaints, await this.page.textContent("main")].join("\n");
      throw new Error(`${pattern} did not come; there is: ${said}`, { cause });
    });
  }

  async reaches(state: string): Promise<void> {
    await expect.poll(() => this.page.textContent("#status"), { timeout: 30_000 }).toBe(state);
  }

  async prompt(): Promise<void> {
    await this.sees(/[#$] ?$/);
    await this.reaches("Running");
  }

  /** Types a line, and waits for what it prints. */
  async run(line: string, printed: RegExp): Promise<void> {
    await this.page.keyboard.type(`${line}\n`);
    await this.sees(printed);
  }

  /** What the card says of a problem, title first. */
  async card(): Promise<string> {
    await this.page.waitForSelector("#card.problem", { timeout: 30_000 });
    return (await this.page.locator("#card h2, #card p").allTextContents()).join("\n");
  }

  /** Moves a finger over the terminal. */
  async swipe(fromY: number, toY: number): Promise<void> {
    const session = await this.context.newCDPSession(this.page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", y?: number) =>
      session.send("Input.dispatchTouchEvent", { type, touchPoints: y === undefined ? [] : [{ x: 150, y }] });
    await touch("touchStart", fromY);
    for (let step = 1; step <= 10; step++) await touch("touchMove", fromY + ((toY - fromY) * step) / 10);
    await touch("touchEnd");
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
