/*
 * Guests in Debian's Chromium with disks that the browser keeps: what lasts, who is refused, and what goes wrong in words.
 */

import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { missingPrograms } from "../storage/ext4.js";
import { chromiumPath, launchProfile } from "../support/chromium.js";
import { temporaryFolder } from "../support/folder.js";
import { ImageServer, inMemory } from "../support/image-server.js";
import { noise } from "../support/noise.js";
import type { PageServer } from "../support/page-server.js";
import { killTab, openPage, serveDisksPage } from "./guest-page.js";
import { expectSafe, writeUntil } from "./killed.js";

const MIB = 1 << 20;
const folder = temporaryFolder();
const profile = temporaryFolder();

describe.skipIf(chromiumPath() === undefined && "chromium is not installed")("a guest in Chromium", () => {
  let server: PageServer;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    server = await serveDisksPage();
    context = await launchProfile(profile);
  });
  afterAll(async () => {
    await context?.close();
    server?.close();
  });
  beforeEach(async () => {
    page = await openPage(context, server);
  });
  afterEach(async () => {
    await context.setOffline(false);
    for (const tab of context.pages()) await tab.close();
  });

  const run = (script: string) => page.evaluate((text) => globalThis.run(text), script);
  const reports = () => page.evaluate(() => globalThis.reports);

  test("finds in /root what was there before the page was loaded again, and before it was powered off", async () => {
    await page.evaluate(() => boot({ home: "home" }));
    expect(await run("stat -c %a:%U /root; ls -A /root; df -h /root | awk 'NR == 2 { print $2 }'")).toBe(
      "700:root\n3.9G\n",
    );
    await run("echo reload > /root/a; sync");
    await page.reload();
    await page.waitForFunction(() => document.title !== "");
    await page.evaluate(() => boot({ home: "home" }));
    expect(await run("cat /root/a; ls -A /root")).toBe("reload\na\n");
    await run("echo power > /root/b");
    expect(await page.evaluate(() => shutdown())).toEqual({ kind: "poweroff" });
    await page.evaluate(() => boot({ home: "home" }));
    expect(await run("cat /root/a /root/b; cat /run/e2fsck")).toMatch(/^reload\npower\n\/dev\/vda: clean, /);
    expect(await page.evaluate(() => said)).not.toContain("not kept");
    const [disk] = await page.evaluate(() => house.listDisks());
    expect(disk).toMatchObject({ name: "home", bytes: 2 ** 32, inUse: true });
    expect(disk!.usedBytes).toBeLessThan(16 * MIB);
  });

  test("mends /root when what was done to its disk is more than a journal can heal", async () => {
    const home = { keep: "mended", bytes: 64 * MIB };
    await page.evaluate((home) => boot({ home }), home);
    await run("seq 1000 > /root/a");
    await page.evaluate(() => shutdown());
    await page.evaluate((home) => boot({ disks: [home] }), home);
    // The number of free blocks in the superblock, which has a checksum.
    await run("printf '\\377\\377' | dd of=/dev/vda bs=1 seek=1036 conv=notrunc,fsync");
    await page.evaluate(() => shutdown());
    await page.evaluate((home) => boot({ home }), home);
    expect(await run("seq 1000 | cmp - /root/a && mount | grep -c ' /root '")).toBe("1\n");
    expect(await page.evaluate(() => said)).toContain("FILE SYSTEM WAS MODIFIED");
  });

  test("has /root in RAM, and says so, when its disk holds something else, which stays", async () => {
    const home = { keep: "foreign", bytes: 64 * MIB };
    await page.evaluate((home) => boot({ disks: [home] }), home);
    const foreign = "seq 100000 | head -c 500000";
    await run(`${foreign} | dd of=/dev/vda conv=fsync`);
    await page.evaluate(() => shutdown());
    await page.evaluate((home) => boot({ home }), home);
    expect(await run(`${foreign} | cmp -n 500000 - /dev/vda && mount | grep -c ' /root '`)).toBe("0\n");
    expect(await page.evaluate(() => said)).toContain("/root is not kept: /dev/vda cannot be mounted.");
  });

  test.skipIf(missingPrograms.length > 0)(
    "loses nothing that was flushed when its tab is killed amid writes",
    async () => {
      let safe = 0;
      for (const count of [8, 20]) {
        safe = await writeUntil(page, safe, count);
        await killTab(page);
        page = await openPage(context, server);
        await expectSafe(page, safe, folder);
      }
    },
    120_000,
  );

  test("is refused in a second tab, where nothing else can be done to the disk either", async () => {
    await page.evaluate(() => boot({ home: "one-tab" }));
    const second = await openPage(context, server);
    const refusals = await second.evaluate(async () => [
      await failure(() => boot({ home: "one-tab" })),
      await failure(() => house.exportDisk("one-tab")),
      await failure(() => house.importDisk("one-tab", new Blob(["x".repeat(512)]), { replace: true })),
      await failure(() => house.resetDisk("one-tab")),
    ]);
    for (const [code, message] of refusals) {
      expect(code).toBe("disk-in-use");
      expect(message).toBe(
        'The disk "one-tab" is in use, here or in another tab of this browser. Stop the machine there, or close that tab, and try again.',
      );
    }
    await run("echo first > /root/who; sync");
    await page.evaluate(() => kill());
    await second.evaluate(() => boot({ home: "one-tab" }));
    expect(await second.evaluate(() => globalThis.run("cat /root/who"))).toBe("first\n");
  });

  test("gives its disks back when it does not come to be", async () => {
    const home = { keep: "given-back", bytes: 64 * MIB };
    expect(await page.evaluate((home) => failure(() => boot({ home, ramBytes: 5 })), home)).toEqual([
      "ram-size",
      expect.anything(),
    ]);
    await page.evaluate(() => house.resetDisk("given-back"));
  });

  test("hears of a full browser as of a failing disk, the user in words, and what was safe stays", async () => {
    const home = { keep: "full", bytes: 256 * MIB };
    await page.evaluate((home) => boot({ home }), home);
    await run("seq 1000 > /root/before; sync");
    const devtools = await context.newCDPSession(page);
    const { usage } = await devtools.send("Storage.getUsageAndQuota", { origin: server.url });
    await devtools.send("Storage.overrideQuotaForOrigin", { origin: server.url, quotaSize: usage + 4 * MIB });
    expect(await run("dd if=/dev/zero of=/root/large bs=1M count=32 conv=fsync 2>&1")).toMatch(/error|Read-only/);
    expect(await reports()).toEqual([
      expect.stringMatching(
        /^cobd0: .* The disk "full" cannot grow: the browser gives this page no more room\. Free some/,
      ),
    ]);
    await page.evaluate(() => kill());
    await devtools.send("Storage.overrideQuotaForOrigin", { origin: server.url });
    await page.evaluate((home) => boot({ home }), home);
    expect(
      await run("seq 1000 | cmp - /root/before && rm -f /root/large && touch /root/after && sync && echo well"),
    ).toBe("well\n");
  });

  test("reads an image on a server, over an outage too", async () => {
    const content = noise(16 * MIB);
    const image = await ImageServer.serve(inMemory(content));
    const { url } = image;
    await page.evaluate((url) => boot({ disks: [{ image: url }] }), url);
    await context.setOffline(true);
    const sum = run("sha256sum < /dev/vda");
    await page.waitForFunction(() => globalThis.reports.length > 0);
    await context.setOffline(false);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
    expect(await sum).toBe(`${Buffer.from(digest).toString("hex")}  -\n`);
    expect(await reports()).toEqual([
      expect.stringMatching(/disk\.img does not come .*; trying again\.$/),
      expect.stringMatching(/disk\.img comes again\.$/),
    ]);
    expect(await run("cat /sys/block/vda/ro")).toBe("1\n");
    image.close();
  });

  test("waits for a network that stays away, and can be stopped meanwhile", async () => {
    const image = await ImageServer.serve(inMemory(noise(4 * MIB)));
    const { url } = image;
    await page.evaluate((url) => boot({ disks: [{ image: url, keep: "away" }] }), url);
    await run("echo kept | dd of=/dev/vda bs=512 conv=fsync");
    await context.setOffline(true);
    const reading = page.evaluate(() => failure(() => globalThis.run("cat /dev/vda > /dev/null")));
    await page.waitForFunction(() => globalThis.reports.length > 0);
    await page.evaluate(() => kill());
    expect(await reading).toEqual(["connection-reset", expect.anything()]);
    expect(await reports()).toEqual([expect.stringMatching(/disk\.img does not come .*; trying again\.$/)]);
    await context.setOffline(false);
    await page.evaluate((url) => boot({ disks: [{ image: url, keep: "away" }] }), url);
    expect(await run("head -n 1 /dev/vda")).toBe("kept\n");
    image.close();
  });

  test("keeps what it writes to an image of the user's, which has to be given again", async () => {
    const booted = (keep?: string) =>
      page.evaluate((keep) => {
        const image = new File([new Uint8Array(1 << 20).fill(7)], "my.img");
        return boot({ disks: [undefined, { image, ...(keep && { keep }) }] });
      }, keep);
    await booted("mine");
    await run("echo new | dd of=/dev/vda bs=512 seek=3 conv=fsync");
    await page.evaluate(() => shutdown());
    expect(await page.evaluate(() => failure(() => boot({ disks: [{ keep: "mine" }] })))).toEqual([
      "disk-option",
      'The disk "mine" needs the image that it was made over, my.img; give it as `image`.',
    ]);
    await booted("mine");
    expect(await run("dd if=/dev/vda bs=512 skip=3 count=1 2> /dev/null | head -n 1; cat /sys/block/vda/size")).toBe(
      "new\n2048\n",
    );
    await page.evaluate(() => shutdown());
    await booted();
    expect(await run("cat /sys/block/vda/ro; tr -d '\\007' < /dev/vda | wc -c")).toBe("1\n0\n");
  });

  test("has its disk copied out, in under another name, and thrown away", async () => {
    await page.evaluate(() => boot({ home: { keep: "source", bytes: 64 * 2 ** 20 } }));
    await run("seq 100000 > /root/numbers");
    await page.evaluate(() => shutdown());
    const lists = await page.evaluate(async () => {
      const { bytes, stream } = await house.exportDisk("source");
      const blob = await new Response(stream).blob();
      await house.importDisk("copy", blob);
      const refused = await failure(() => house.importDisk("copy", blob));
      await house.importDisk("copy", { stream: blob.stream(), bytes }, { replace: true });
      const short = await failure(() => house.importDisk("short", { stream: blob.stream(), bytes: bytes + 512 }));
      await house.resetDisk("source");
      const gone = await failure(() => house.resetDisk("source"));
      const names = (await house.listDisks()).map(({ name }) => name);
      return { bytes, size: blob.size, refused, short, gone, names };
    });
    expect(lists).toMatchObject({
      bytes: 64 * MIB,
      size: 64 * MIB,
      refused: ["disk-exists", expect.anything()],
      short: ["disk-size", expect.anything()],
      gone: ["disk-not-kept", expect.anything()],
    });
    expect(lists.names).toContain("copy");
    expect(lists.names).not.toContain("source");
    expect(lists.names).not.toContain("short");
    await page.evaluate(() => boot({ home: { keep: "copy" } }));
    expect(await run("seq 100000 | cmp - /root/numbers && echo same")).toBe("same\n");
    const copy = (await page.evaluate(() => house.listDisks())).find(({ name }) => name === "copy")!;
    expect(copy.usedBytes).toBeLessThan(16 * MIB);
    const space = await page.evaluate(() => house.diskSpace());
    expect(space.usedBytes).toBeGreaterThan(copy.usedBytes);
    expect(space.quotaBytes).toBeGreaterThan(space.usedBytes);
  });

  test.each([
    ["a name that is a path", { keep: "../x", bytes: 512 }, "disk-option", '"../x"'],
    ["nothing", {}, "disk-option", "described by nothing"],
    ["an image and a size", { image: "x.img", bytes: 512 }, "disk-option", "leave out `bytes` (512)"],
    ["a size and no name", { bytes: 512 }, "disk-option", "expected its `image`, or a name"],
    ["half a sector", { keep: "half", bytes: 256 }, "disk-size", '"half" cannot have 256 bytes'],
    [
      "an address without an image",
      { image: "no/such.img" },
      "image-unreachable",
      "no/such.img cannot be fetched: the server says 404",
    ],
  ])("cannot have a disk that is described by %s", async (_, disk, code, words) => {
    expect(await page.evaluate((disk) => failure(() => boot({ disks: [disk] })), disk)).toEqual([
      code,
      expect.stringContaining(words),
    ]);
  });
});
