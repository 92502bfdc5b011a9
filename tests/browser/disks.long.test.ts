/*
 * Disks that Chromium keeps, for longer: tabs and browsers killed amid writes, and a whole Debian from a static server.
 */

import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BOOT_MS, COMMAND_MS, debianImage } from "../debian/image.js";
import { missingPrograms } from "../storage/ext4.js";
import { chromiumPath, launchProfile } from "../support/chromium.js";
import { temporaryFolder } from "../support/folder.js";
import { ImageServer, inFile } from "../support/image-server.js";
import type { PageServer } from "../support/page-server.js";
import { killBrowser, killTab, openPage, serveDisksPage } from "./guest-page.js";
import { expectSafe, writeUntil } from "./killed.js";

const ROUNDS = 24;
const MIB = 1 << 20;

const folder = temporaryFolder();
const profile = temporaryFolder();
const missing = [...missingPrograms, ...(chromiumPath() ? [] : ["chromium"])];

describe.skipIf(missing.length > 0 && `${missing} not installed`)("a guest in Chromium", () => {
  let server: PageServer;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    server = await serveDisksPage();
  });
  afterAll(() => server?.close());
  beforeEach(async () => {
    context = await launchProfile(profile);
    page = await openPage(context, server);
  });
  afterEach(() => context.close());

  test(`loses nothing that was flushed when its tab, or all of the browser, is killed amid writes, ${ROUNDS} times`, {
    timeout: 1_800_000,
  }, async () => {
    let safe = 0;
    for (let round = 0; round < ROUNDS; round++) {
      safe = await writeUntil(page, safe, 1 + ((round * 7) % 23));
      if (round % 3 === 2) {
        await killBrowser(context, profile);
        context = await launchProfile(profile);
      } else {
        await killTab(page);
      }
      page = await openPage(context, server);
      await expectSafe(page, safe, folder);
    }
    expect(safe).toBeGreaterThan(ROUNDS);
  });

  test("is a whole Debian from a static server, which keeps its changes", { timeout: 1_800_000 }, async () => {
    const file = inFile(await debianImage());
    const image = await ImageServer.serve(file);
    const boot = () =>
      page.evaluate((url) => {
        globalThis.said = "";
        return bootDisk({
          ramBytes: 512 * 2 ** 20,
          commandLine: "quiet console=hvc0 root=/dev/vda TERM=dumb",
          disks: [{ image: url, keep: "debian" }],
        });
      }, image.url);
    const until = async (text: string, timeout: number) => {
      const seen = (wanted: string) => globalThis.said.includes(wanted);
      await page.waitForFunction(seen, text, { timeout }).catch(async (error: unknown) => {
        throw new Error(`"${text}" did not come: ${await page.evaluate(() => said)}`, { cause: error });
      });
    };
    const logIn = async () => {
      await until(" login: ", BOOT_MS);
      await page.evaluate(() => type("root\n"));
      await until("root@debian:~# ", BOOT_MS);
    };
    await boot();
    await logIn();
    const fetched = image.asked.reduce((sum, [from, to]) => sum + to - from, 0);
    console.error(`The login took ${image.asked.length} requests, ${(fetched / MIB).toFixed(1)} MiB.`);
    expect(fetched).toBeLessThan(file.bytes / 4);
    await page.evaluate(() => type("echo kept > kept; poweroff\n"));
    expect(await page.evaluate(() => ended())).toEqual({ kind: "poweroff" });

    await page.reload();
    await page.waitForFunction(() => document.title !== "");
    await boot();
    await logIn();
    await page.evaluate(() => type("cat kept; echo $((6 * 7))\n"));
    await until("42", COMMAND_MS);
    expect(await page.evaluate(() => said)).toMatch(/^kept\r?$/m);
    expect(await page.evaluate(() => reports)).toEqual([]);
    image.close();
    file.close();
  });
});
