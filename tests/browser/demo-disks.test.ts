/*
 * The disks of the example page in Debian's Chromium: /root that lasts, the panel, images that the address names, and what goes wrong in words.
 */

import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildPage } from "../../kernels/package/page.js";
import { extract, makeExt4, missingPrograms, replayAndCheck } from "../storage/ext4.js";
import { chromiumPath, launchChromium, launchProfile } from "../support/chromium.js";
import { temporaryFolder } from "../support/folder.js";
import { ImageServer, inMemory } from "../support/image-server.js";
import { noise } from "../support/noise.js";
import type { StaticServer } from "../support/static-server.js";
import { Demo, serveDemo } from "./demo.js";

const MIB = 1 << 20;

describe.skipIf(chromiumPath() === undefined && "chromium is not installed")("the example page", () => {
  const folder = temporaryFolder();
  let server: StaticServer;
  let browser: Browser;
  let url: string;
  let demo: Demo;

  beforeAll(async () => {
    server = await serveDemo(await buildPage(join(folder, "page")));
    // Images lie on servers of their own here.
    server.policy += "; connect-src *";
    url = `${server.url}page/`;
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });
  afterEach(() => demo?.close());

  const open = async (search = "", prepare?: (context: BrowserContext) => Promise<unknown>) => {
    demo = await Demo.open(browser, url + search, {}, prepare);
  };
  const panel = () => demo.page.getByRole("dialog", { name: "Disks" });
  const says = () => panel().textContent();
  const toTerminal = () => demo.page.locator("colinux-terminal").click();
  const press = (name: string) => demo.page.getByRole("button", { name, exact: true }).click();
  const showDisks = () => demo.page.getByRole("button", { name: "Disks" }).click();
  const notice = () => demo.page.locator("#notice p").textContent();

  describe("with a disk for /root", () => {
    beforeEach(async () => {
      await open();
      await demo.prompt();
    });

    test("keeps it when the page is loaded again and when the machine is", async () => {
      await demo.run("clear; echo of-before > a; sync; echo sy''nced", /^synced$/);
      await demo.page.reload();
      await demo.prompt();
      await demo.run("clear; cat a; echo b > b", /^of-before$/);
      await press("Stop");
      await demo.reaches("Stopped");
      await press("Start");
      await demo.prompt();
      await demo.run("clear; cat a b", /^of-before\s+b$/);
    });

    test("has a panel that keyboards and screen readers can use", async () => {
      await demo.page.getByRole("button", { name: "Disks" }).focus();
      await demo.page.keyboard.press("Enter");
      await expect.poll(says).toMatch(/taken by this page, .* left/);
      expect(await says()).toMatch(/The browser (has promised to keep it|may clear it)/);
      const row = panel().getByRole("listitem");
      await expect.poll(() => row.textContent()).toMatch(/^homethis pagein use.* taken of 1\.1 GB, written /);
      for (const action of ["Export", "Import", "Reset"]) {
        await demo.page.keyboard.press("Tab");
        expect(await demo.page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe(
          `${action} home`,
        );
      }
      await demo.page.keyboard.press("Enter");
      const question = demo.page.getByRole("alertdialog", { name: 'Reset "home"?' });
      expect(await question.textContent()).toContain("Everything in it is lost. Linux runs from it: it is stopped");
      expect(await demo.page.evaluate(() => document.activeElement?.textContent)).toBe("Cancel");
      await demo.page.keyboard.press("Escape");
      await demo.page.keyboard.press("Escape");
      expect(await panel().isVisible()).toBe(false);
      expect(await demo.page.textContent("#status")).toBe("Running");
    });

    test("throws it away when that was meant, and begins with a new one", async () => {
      await demo.run("clear; touch a-file; sync; ls", /^a-file$/);
      await showDisks();
      await press("Reset home");
      await press("Cancel");
      await press("Reset home");
      await press("Stop and reset");
      await expect.poll(says, { timeout: 30_000 }).toContain('"home" was reset.');
      await press("Close");
      await toTerminal();
      await demo.prompt();
      await demo.run("clear; ls -A | wc -l", /^0$/);
    });

    test.skipIf(missingPrograms.length > 0)(
      "takes it in from a file, and puts it out into one",
      async () => {
        const path = join(folder, "home.img");
        makeExt4(path, 64 * MIB);
        await showDisks();
        const choosing = demo.page.waitForEvent("filechooser");
        await press("Import home");
        await (await choosing).setFiles(path);
        const question = demo.page.getByRole("alertdialog", { name: 'Replace "home" by home.img?' });
        expect(await question.textContent()).toContain(
          "The file (67.1 MB) becomes the disk. What is in it now is lost",
        );
        await press("Stop and replace");
        await expect.poll(says, { timeout: 30_000 }).toContain('"home" is now what home.img was.');
        await press("Close");
        await toTerminal();
        await demo.prompt();
        await demo.run("clear; df -m /root | awk 'NR == 2 { print $2 < 64 }'", /^1$/);
        await demo.run("clear; seq 5000 > numbers; echo wr''itten", /^written$/);

        // Without a way to write files of the user it is downloaded.
        await demo.page.evaluate("delete window.showSaveFilePicker");
        const downloading = demo.page.waitForEvent("download");
        await showDisks();
        await press("Export home");
        await press("Stop and export");
        const exported = join(folder, "exported.img");
        await (await downloading).saveAs(exported);
        await expect.poll(says).toContain('"home" was exported as home.img.');
        await expect.poll(() => demo.page.textContent("#status"), { timeout: 30_000 }).toBe("Running");
        expect(statSync(exported).size).toBe(64 * MIB);
        expect(await replayAndCheck(exported)).toEqual([]);
        const files = join(folder, "exported");
        mkdirSync(files);
        await extract(exported, files);
        expect(readFileSync(join(files, "root/numbers"), "utf8")).toMatch(/^1\n2\n[\s\S]*\n5000\n$/);
      },
      120_000,
    );

    test("streams it to where the user wants it, and stops when that is enough", async () => {
      await press("Stop");
      await demo.reaches("Stopped");
      await demo.page.evaluate(() => {
        const choose = async ({ suggestedName }: { suggestedName: string }) =>
          (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
        Object.assign(window, { showSaveFilePicker: choose });
      });
      const path = join(folder, "zeroes.img");
      writeFileSync(path, "");
      truncateSync(path, 128 * MIB);
      await showDisks();
      const choosing = demo.page.waitForEvent("filechooser");
      await press("Import home");
      await (await choosing).setFiles(path);
      await press("Replace");
      await expect.poll(says, { timeout: 30_000 }).toContain('"home" is now what zeroes.img was.');
      await press("Export home");
      await demo.page.locator("#work output", { hasText: /^Exporting: .* of 134\.2 MB$/ }).waitFor();
      await demo.page.locator("#work").getByRole("button", { name: "Cancel" }).click();
      await expect.poll(says).toContain("Cancelled; the disk is as it was.");
      await press("Export home");
      await expect.poll(says, { timeout: 50_000 }).toContain('"home" was exported');
      const size = await demo.page.evaluate(async () => {
        const root = await navigator.storage.getDirectory();
        return (await (await root.getFileHandle("home.img")).getFile()).size;
      });
      expect(size).toBe(128 * MIB);
    });

    test("is refused in a second tab, which can do without", async () => {
      const second = await Demo.tab(demo.context, url);
      expect(await second.card()).toMatch(/^The disk is in use\nThe disk "home" is in use, here or in another tab/);
      await second.page.getByRole("button", { name: "Start without it" }).click();
      await second.prompt();
      await second.run("clear; mount | grep -c ' /root '", /^0$/);
      expect(await second.page.textContent("#about")).toBe("/root is in memory");
      await demo.run("clear; echo st''ill", /^still$/);
    });
  });

  test("tells when the browser has no more room, and goes on with what was safe", async () => {
    // The limit that DevTools set does not hold for a window that keeps nothing.
    demo = await Demo.tab(await launchProfile(join(folder, "profile")), url);
    await demo.prompt();
    await demo.run("clear; echo safe > before; sync; echo sy''nced", /^synced$/);
    const devtools = await demo.context.newCDPSession(demo.page);
    const { origin } = new URL(url);
    const { usage } = await devtools.send("Storage.getUsageAndQuota", { origin });
    await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: usage + 4 * MIB });
    await demo.run("clear; dd if=/dev/zero of=large bs=1M count=32 conv=fsync", /error|Read-only/);
    await expect.poll(notice).toMatch(/The disk "home" cannot grow: the browser gives this page no more room/);
    await devtools.send("Storage.overrideQuotaForOrigin", { origin });
    await press("Restart");
    await demo.prompt();
    expect(await demo.page.locator("#notice").isVisible()).toBe(false);
    await demo.run("clear; cat before; rm -f large; touch after && sync && echo w''ell", /^safe\s+well$/);
  });

  test("runs with /root in memory where the browser keeps nothing, and says so", async () => {
    await open("", (context) => context.addInitScript("delete StorageManager.prototype.getDirectory"));
    await demo.prompt();
    expect(await notice()).toMatch(
      /^\/root is in memory, and gone when the machine stops\. This browser keeps no files/,
    );
    await demo.run("clear; mount | grep -c ' /root '", /^0$/);
    await showDisks();
    await expect.poll(says).toContain("This browser keeps no files for this page (OPFS)");
  });

  describe("with an image that its address names", () => {
    const content = noise(16 * MIB);
    let image: ImageServer;
    beforeEach(async () => {
      image = await ImageServer.serve(inMemory(content));
    });
    afterEach(() => image.close());
    /** With the small system, for which the image is just a disk. */
    const search = (more = "") => `?disk=${encodeURIComponent(image.url)}&initrd=../guest/initramfs.gz${more}`;

    test("keeps what is written to it, in each tab that wants that a copy", async () => {
      await open(search());
      await demo.prompt();
      await demo.run("clear; echo chang''ed | dd of=/dev/vda conv=fsync 2> /dev/null; head -n 1 /dev/vda", /^changed$/);
      const second = await Demo.tab(demo.context, url + search());
      expect(await second.card()).toMatch(/^The disk is in use\nThe disk "127\.0\.0\.1-\d+-disk\.img" is in use/);
      await second.page.getByRole("button", { name: "Start a copy of its own" }).click();
      await second.prompt();
      await second.run("clear; head -c 7 /dev/vda | grep -c changed", /^0$/);
      await second.page.close();
      await demo.page.reload();
      await demo.prompt();
      await demo.run("clear; head -n 1 /dev/vda", /^changed$/);
      await showDisks();
      await expect.poll(() => panel().getByRole("listitem").allInnerTexts()).toHaveLength(2);
      expect(await says()).toContain(`over ${image.url}`);
    });

    test("waits while the network is away, says so, and loses nothing", async () => {
      await open(search("&keep=far&mem=64"));
      await demo.prompt();
      await demo.context.setOffline(true);
      await demo.page.keyboard.type("clear; md5sum /dev/vda\n");
      await expect.poll(notice).toMatch(/disk\.img does not come .*; trying again\./);
      await demo.context.setOffline(false);
      const { createHash } = await import("node:crypto");
      await demo.sees(new RegExp(`^${createHash("md5").update(content).digest("hex")}`));
      expect(await notice()).toMatch(/disk\.img comes again\./);
      await press("Dismiss");
      expect(await demo.page.locator("#notice").isVisible()).toBe(false);
    });

    test.each<[string, (image: ImageServer) => void, RegExp]>([
      [
        "sends no parts of files",
        (image) => {
          image.ranges = false;
        },
        /^That server cannot serve a disk\n.* does not send parts of a file \(HTTP ranges\)/,
      ],
      [
        "has no such file",
        (image) => {
          image.refuses = { times: 99, status: 404 };
        },
        /^The disk's image cannot be fetched\n.* the server says 404/,
      ],
      [
        "sends something else",
        (image) => {
          image.image = inMemory(noise(1000));
        },
        /^That is no disk image\n.* has 1000 bytes, which is not a whole number of sectors/,
      ],
    ])("says in words that its server %s", async (_, spoil, words) => {
      spoil(image);
      await open(search());
      expect(await demo.card()).toMatch(words);
    });
  });

  test.each([
    ["?dsik=x", '"dsik" means nothing here; expected disk, kernel, initrd, root, mem, keep.'],
    ["?disk=ftp://x/y", "disk=ftp://x/y: expected an address that begins with https:"],
    ["?disk=", "disk=: expected an address"],
    ["?mem=5", "mem=5: expected memory in MiB, from 16 to 3584."],
    ["?disk=a&disk=b", '"disk" is there twice'],
    ["?disk=a&keep=../b", "keep=../b: expected 1 to 100 letters"],
    ["?keep=b", '"keep" needs a disk: ?disk=ADDRESS&keep=b'],
    ["?disk=a&root=%20", "root= : expected a device of the guest"],
  ])("says what is wrong with the address %s", async (search, words) => {
    await open(search);
    const [title, text] = (await demo.card()).split("\n");
    expect(title).toBe("The page's address is not understood");
    expect(text).toContain(words);
    await demo.reaches("Failed");
  });
});
