/*
 * Real guests on overlays: killed amid writes, two on one base, snapshots, and a commit.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BLOCK_BYTES } from "../../host-js/common/overlay/layout.js";
import { differences } from "../../host-js/common/overlay/scan.js";
import { GrowingFile } from "../../host-js/node/file-storage.js";
import { openOverlay } from "../../host-js/node/overlay-files.js";
import { colinux } from "../support/command.js";
import { temporaryFolder } from "../support/folder.js";
import { Session } from "../support/session.js";
import { check, extract, makeExt4, missingPrograms } from "./ext4.js";

const folder = temporaryFolder();
const MOUNT = "mount -t ext4 /dev/vda /mnt";

function disk(name: string): { path: string; hash: string } {
  const path = join(folder, name);
  makeExt4(path, 32 << 20);
  return { path, hash: hashOf(path) };
}

function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function lines(last: number): string {
  return Array.from({ length: last }, (_, i) => `${i + 1}\n`).join("");
}

/** What lies on the disk, as seen through the overlay. */
async function flattened(overlay: string, base: string): Promise<string> {
  const path = `${overlay}.flat`;
  const storage = await openOverlay(overlay, base, { readOnly: true });
  const content = new Uint8Array(storage.bytes);
  await storage.read(0, content);
  await storage.close();
  writeFileSync(path, content);
  return path;
}

/** How much data the overlay of a disk of 32 MiB names. */
async function writtenBytes(overlay: string): Promise<number> {
  const file = GrowingFile.open(overlay, { readOnly: true });
  let blocks = 0;
  for await (const list of differences(file, 32 << 20))
    for (const { written } of list) blocks += written.toString(2).replaceAll("0", "").length;
  await file.close();
  return blocks * BLOCK_BYTES;
}

describe.skipIf(missingPrograms.length > 0 && "e2fsprogs is not installed")("a guest on an overlay", () => {
  test.each([5, 30])(
    "that was killed after %i files finds all that was safe, and its base is as it was",
    async (count) => {
      const base = disk(`killed-${count}.disk`);
      const overlay = join(folder, `killed-${count}.overlay`);
      const args = [`cobd0=${base.path}`, "--overlay", overlay];
      const first = await Session.atPrompt(args);
      await first.run(MOUNT);
      first.type("cp -a /usr/bin /mnt/unsafe &\n");
      first.type("i=0; while i=$((i+1)); do seq $i | dd of=/mnt/$i conv=fsync 2> /dev/null; echo safe:$i; done\n");
      await first.out.expect(new RegExp(`safe:${count}\\r`), 60_000);
      first.process.kill("SIGKILL");
      await first.ended;
      expect(hashOf(base.path)).toBe(base.hash);
      const safe = Number([...first.out.text.matchAll(/safe:(\d+)\r/g)].at(-1)![1]);

      const second = await Session.atPrompt(args);
      await second.run(MOUNT);
      expect(await second.run("dmesg")).toContain("EXT4-fs (vda): recovery complete");
      await second.run("umount /mnt");
      expect((await second.powerOff()).code).toBe(0);
      expect(hashOf(base.path)).toBe(base.hash);

      const flat = await flattened(overlay, base.path);
      expect(await check(flat)).toEqual([]);
      const files = join(folder, `killed-${count}`);
      mkdirSync(files);
      await extract(flat, files);
      for (let i = 1; i <= safe; i++) expect(readFileSync(join(files, String(i)), "utf8")).toBe(lines(i));

      expect(await colinux(["commit", overlay])).toMatchObject({ code: 0 });
      expect(hashOf(base.path)).toBe(hashOf(flat));
      expect(existsSync(overlay)).toBe(false);
    },
  );

  test("shares its base with another", async () => {
    const base = disk("shared.disk");
    const overlays = ["one", "two"].map((name) => join(folder, `${name}.overlay`));
    const sessions = await Promise.all(
      overlays.map((overlay) => Session.atPrompt([`cobd0=${base.path},overlay=${overlay}`])),
    );
    await Promise.all(
      sessions.map((session, n) => session.run(`${MOUNT} && echo ${n} > /mnt/mine && umount /mnt`, 60_000)),
    );
    for (const session of sessions) expect((await session.powerOff()).code).toBe(0);
    expect(hashOf(base.path)).toBe(base.hash);
    for (const [n, overlay] of overlays.entries()) {
      const flat = await flattened(overlay, base.path);
      expect(await check(flat)).toEqual([]);
      const files = join(folder, `shared-${n}`);
      mkdirSync(files);
      await extract(flat, files);
      expect(readFileSync(join(files, "mine"), "utf8")).toBe(`${n}\n`);
    }
  });

  test.each([
    ["", 6 << 20, 9 << 20],
    ["-o discard", 0, 3 << 20],
  ])("mounted with '%s' keeps what was deleted, or forgets what was discarded", async (options, least, most) => {
    const base = disk(`deleted${options}.disk`);
    const overlay = `${base.path}.overlay`;
    const session = await Session.atPrompt([`cobd0=${base.path}`, "--overlay", overlay]);
    await session.run(`mount -t ext4 ${options} /dev/vda /mnt`);
    await session.run("dd if=/dev/urandom of=/mnt/a bs=1M count=6 conv=fsync", 60_000);
    await session.run("rm /mnt/a && sync && umount /mnt", 60_000);
    expect((await session.powerOff()).code).toBe(0);
    const bytes = await writtenBytes(overlay);
    expect(bytes).toBeGreaterThan(least);
    expect(bytes).toBeLessThan(most);
    expect(await check(await flattened(overlay, base.path))).toEqual([]);
  });

  test("with --snapshot leaves nothing, also when it is killed", async () => {
    const base = disk("snapshot.disk");
    const temporary = join(folder, "tmp");
    mkdirSync(temporary);
    for (const end of ["poweroff", "SIGKILL"]) {
      const session = await Session.atPrompt([`cobd0=${base.path}`, "--snapshot"], process.execPath, {
        TMPDIR: temporary,
      });
      await session.run(`${MOUNT} && seq 9999 > /mnt/a && sync && umount /mnt`, 60_000);
      await session.run(`${MOUNT} && seq 9999 | cmp - /mnt/a`, 60_000);
      if (end === "poweroff") await session.run("umount /mnt").then(() => session.powerOff());
      else session.process.kill("SIGKILL");
      await session.ended;
      expect(hashOf(base.path)).toBe(base.hash);
      expect(readdirSync(temporary)).toEqual([]);
    }
  });
});
