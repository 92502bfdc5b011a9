/*
 * Guests beside each other and after each other: two with a disk each, two that want the same, and one that finds the disk of a guest
 * that was killed.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import { Session } from "../support/session.js";
import { Shell } from "../support/shell.js";
import { check, extract, makeExt4, missingPrograms } from "./ext4.js";

const folder = temporaryFolder();
const WITHOUT_PROGRAMS = missingPrograms.length > 0 && "e2fsprogs is not installed";
const MOUNT = "mount -t ext4 /dev/vda /mnt";
const FILES = 40;

function disk(name: string): string {
  const path = join(folder, name);
  makeExt4(path, 16 << 20);
  return path;
}

/** Writes files that tell whose they are. */
function fill(owner: string): string {
  return `${MOUNT} && for i in $(seq ${FILES}); do (echo ${owner}; seq $i) > /mnt/$i; done && umount /mnt`;
}

async function expectFilled(path: string, owner: string): Promise<void> {
  expect(await check(path)).toEqual([]);
  const files = join(folder, `files-${owner}`);
  mkdirSync(files);
  await extract(path, files);
  for (let i = 1; i <= FILES; i++) expect(readFileSync(join(files, String(i)), "utf8")).toBe(`${owner}\n${lines(i)}`);
}

function lines(last: number): string {
  return Array.from({ length: last }, (_, i) => `${i + 1}\n`).join("");
}

describe.skipIf(WITHOUT_PROGRAMS)("two guests at once", () => {
  test("in two processes keep to their disks", async () => {
    const paths = [disk("one.img"), disk("two.img")] as const;
    const sessions = await Promise.all(paths.map((path) => Session.atPrompt([`cobd0=${path}`])));
    await Promise.all(sessions.map((session, n) => session.run(fill(`process${n}`), 60_000)));
    for (const session of sessions) expect((await session.powerOff()).code).toBe(0);
    for (const [n, path] of paths.entries()) await expectFilled(path, `process${n}`);
  });

  test("in one process keep to their disks", async () => {
    const paths = [disk("three.img"), disk("four.img")] as const;
    const shells = await Promise.all(paths.map((path) => Shell.boot({ disks: [path] })));
    const runs = await Promise.all(shells.map((shell, n) => shell.run(fill(`machine${n}`), 60_000)));
    expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    for (const shell of shells) expect((await shell.powerOff()).kind).toBe("poweroff");
    for (const [n, path] of paths.entries()) await expectFilled(path, `machine${n}`);
  });

  test("cannot have the same disk, by whatever name, until one has ended", async () => {
    const path = disk("wanted.img");
    const link = join(folder, "link.img");
    symlinkSync(path, link);
    const shell = await Shell.boot({ disks: [path] });
    for (const name of [path, link]) {
      await expect(Shell.boot({ disks: [name] })).rejects.toMatchObject({ code: "disk-locked" });
      await expect(Shell.boot({ disks: [{ path: name, readOnly: true }] })).rejects.toMatchObject({
        code: "disk-locked",
      });
      const refused = new Session([`cobd0=${name}`]);
      expect(await refused.ended).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("in use by another guest"),
      });
    }
    await shell.powerOff();
    expect((await (await Shell.boot({ disks: [link] })).powerOff()).kind).toBe("poweroff");
  });
});

describe.skipIf(WITHOUT_PROGRAMS)("a guest whose process was killed amid writes", () => {
  test.each([5, 17, 40])(
    "leaves a disk that the next one mounts, with all that was safe after %i files",
    async (count) => {
      const path = disk(`killed-${count}.img`);
      const first = await Session.atPrompt([`cobd0=${path}`]);
      await first.run(MOUNT);
      first.type("cp -a /usr/bin /mnt/unsafe &\n");
      first.type("i=0; while i=$((i+1)); do seq $i | dd of=/mnt/$i conv=fsync 2> /dev/null; echo safe:$i; done\n");
      await first.out.expect(new RegExp(`safe:${count}\\r`), 60_000);
      first.process.kill("SIGKILL");
      await first.ended;
      const safe = Number([...first.out.text.matchAll(/safe:(\d+)\r/g)].at(-1)![1]);
      expect(safe).toBeGreaterThanOrEqual(count);

      const second = await Session.atPrompt([`cobd0=${path}`]);
      await second.run(MOUNT);
      expect(await second.run("dmesg")).toContain("EXT4-fs (vda): recovery complete");
      await second.run("umount /mnt");
      expect((await second.powerOff()).code).toBe(0);
      expect(existsSync(`${path}.lock`)).toBe(false);
      expect(await check(path)).toEqual([]);
      const files = join(folder, `killed-${count}`);
      mkdirSync(files);
      await extract(path, files);
      expect(readdirSync(files)).toContain("unsafe");
      for (let i = 1; i <= safe; i++) expect(readFileSync(join(files, String(i)), "utf8")).toBe(lines(i));
    },
  );
});
