/*
 * A whole Debian in the example page, from a static server of another origin.
 */

import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPage } from "../../kernels/package/page.js";
import { BOOT_MS, COMMAND_MS, debianImage } from "../debian/image.js";
import { chromiumPath, launchChromium } from "../support/chromium.js";
import { temporaryFolder } from "../support/folder.js";
import { ImageServer, inFile } from "../support/image-server.js";
import { STRICT_POLICY, type StaticServer } from "../support/static-server.js";
import { Demo, serveDemo } from "./demo.js";

describe.skipIf(chromiumPath() === undefined && "chromium is not installed")("the example page", () => {
  const folder = temporaryFolder();
  let server: StaticServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await serveDemo(await buildPage(join(folder, "page")));
    server.policy = `${STRICT_POLICY}; connect-src *`;
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test("boots a whole Debian that its address names, and keeps its changes", { timeout: 1_800_000 }, async () => {
    const file = inFile(await debianImage());
    const image = await ImageServer.serve(file);
    const demo = await Demo.open(browser, `${server.url}page/?disk=${encodeURIComponent(image.url)}`);
    const logIn = async () => {
      await demo.sees(/ login: ?$/, BOOT_MS);
      await demo.page.keyboard.type("root\n");
      await demo.sees(/^root@debian:~# ?$/, BOOT_MS);
    };
    await logIn();
    await demo.page.keyboard.type("echo ke''pt > kept; echo $TERM; stty size; sync; echo sy''nced\n");
    await demo.sees(/^xterm-256color\s+\d+ \d+\s+synced$/, COMMAND_MS);
    // Its disk waits while the network is away, and so does what needs it.
    await demo.context.setOffline(true);
    await demo.page.keyboard.type("cat /usr/lib/python3*/*.py | md5sum; echo re''ad\n");
    await expect
      .poll(() => demo.page.locator("#notice p").textContent(), { timeout: COMMAND_MS })
      .toContain("does not come");
    await demo.context.setOffline(false);
    await demo.sees(/^read$/, COMMAND_MS);
    await demo.page.keyboard.type("clear; dmesg | grep -ciE 'i/o error|ext4-fs error'\n");
    await demo.sees(/^0$/, COMMAND_MS);
    await demo.page.click("#stop");
    await expect.poll(() => demo.page.textContent("#status"), { timeout: COMMAND_MS }).toBe("Stopped");
    await demo.page.reload();
    await logIn();
    await demo.page.keyboard.type("clear; cat kept\n");
    await demo.sees(/^kept$/, COMMAND_MS);
    expect(demo.complaints.filter((text) => !/ERR_INTERNET_DISCONNECTED/.test(text))).toEqual([]);
    image.close();
    file.close();
  });
});
