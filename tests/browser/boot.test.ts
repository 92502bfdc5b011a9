/*
 * The embedded guest in Debian's Chromium: boots in a Worker, takes a command, powers off.
 */

import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findInitramfs, findKernel } from "../../kernels/index.js";
import { temporaryFolder } from "../support/folder.js";
import { programPath } from "../support/tools.js";

const executablePath = programPath("chromium");
const root = new URL("../..", import.meta.url).pathname;
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** The empty icon keeps the browser from asking for one. */
const PAGE = '<link rel="icon" href="data:,"><script type="module" src="page.js"></script>';
const folder = temporaryFolder();

async function serve(): Promise<Server> {
  const outdir = join(folder, "page");
  const entryPoints = ["tests/browser/page.ts", "host-js/browser/worker.ts"].map((path) => join(root, path));
  await build({
    entryPoints,
    bundle: true,
    format: "esm",
    target: "es2022",
    outdir,
    entryNames: "[name]",
    logLevel: "warning",
  });
  const files: Record<string, [type: string, path: string]> = {
    "/page.js": ["text/javascript", join(outdir, "page.js")],
    "/worker.js": ["text/javascript", join(outdir, "worker.js")],
    "/core.wasm": ["application/wasm", join(root, "dist/core.wasm")],
    "/kernel": ["application/octet-stream", findKernel()!.image],
    "/initramfs": ["application/octet-stream", findInitramfs()!.cpio],
  };
  const server = createServer(({ url = "/" }, response) => {
    const file = files[url];
    if (file) response.writeHead(200, { "content-type": file[0] }).end(readFileSync(file[1]));
    else if (url === "/") response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
    else response.writeHead(404).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}

describe.skipIf(executablePath === undefined && "chromium is not installed")("the embedded guest in Chromium", () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  const failures: string[] = [];

  beforeAll(async () => {
    server = await serve();
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ["--headless", "--no-sandbox", ...QUIET],
    });
    page = await browser.newPage();
    page.on("pageerror", (error) => failures.push(error.message));
    page.on("console", (message) => failures.push(message.text()));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
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
