/*
 * The page out of the npm package: as it lies there, on a plain file server; and in a project of a user who has Vite, built and in Vite's own server.
 */

import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { build, createServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Demo } from "../browser/demo.js";
import { chromiumPath, launchChromium } from "../support/chromium.js";
import { serveFiles } from "../support/static-server.js";
import { type Installed, installedPackage } from "./installed.js";

const install = installedPackage();

describe.skipIf(chromiumPath() === undefined && "chromium is not installed")("the page of the package", () => {
  let installed: Installed;
  let browser: Browser;
  /** What a user wrote, in a project that has colinux and nothing else. */
  let source: string;
  beforeAll(async () => {
    installed = await install();
    source = join(installed.project, "page");
    cpSync(join(installed.project, "node_modules/colinux/docs/examples/page"), source, { recursive: true });
    browser = await launchChromium();
  }, 120_000);
  afterAll(() => browser?.close());

  async function boots(url: string): Promise<Demo> {
    const demo = await Demo.open(browser, url);
    await demo.prompt();
    await demo.run("uname -m", /^riscv64$/);
    expect(demo.strangers).toEqual([]);
    await demo.close();
    return demo;
  }

  test("boots where three of its folders lie beside each other", async () => {
    const dist = join(installed.project, "node_modules/colinux/dist");
    const server = await serveFiles({
      "page/": join(dist, "page"),
      "guest/": join(dist, "guest"),
      "core.wasm": join(dist, "core.wasm"),
    });
    expect((await boots(`${server.url}page/`)).complaints).toEqual([]);
    server.close();
  });

  test("boots when a user's Vite has built it", async () => {
    const outDir = join(installed.project, "out");
    await build({ root: source, configFile: false, base: "./", logLevel: "error", build: { outDir } });
    const server = await serveFiles({ "": outDir });
    expect((await boots(server.url)).complaints).toEqual([]);
    server.close();
  });

  test("boots as the README has it", async () => {
    const readme = readFileSync(join(installed.project, "node_modules/colinux/README.md"), "utf8");
    const [html, script] = /```html\n(.*?)```.*?```js\n(.*?)```/s.exec(readme)!.slice(1);
    const root = join(installed.project, "readme");
    mkdirSync(root);
    writeFileSync(join(root, "index.html"), `${html}<script type="module" src="./main.js"></script>`);
    writeFileSync(join(root, "main.js"), script!);
    await build({ root, configFile: false, base: "./", logLevel: "error" });
    const server = await serveFiles({ "": join(root, "dist") });
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => /# ?$/.test(document.querySelector("colinux-terminal")!.text));
    await page.close();
    server.close();
  });

  test("boots from Vite's own server, once it is told to leave colinux as it is", async () => {
    const server = await createServer({
      root: source,
      configFile: false,
      logLevel: "error",
      optimizeDeps: { exclude: ["colinux"] },
      server: { port: 0, host: "127.0.0.1", hmr: false, fs: { allow: [installed.project] } },
    });
    await server.listen();
    await boots(server.resolvedUrls!.local[0]!);
    await server.close();
  });
});
