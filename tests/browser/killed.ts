/*
 * Rounds of: a guest writes to its /root, its tab is killed, the file system is checked outside, and the next guest finds what was safe.
 */

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { extract, replayAndCheck } from "../storage/ext4.js";
import { exportTo } from "./guest-page.js";

const HOME = { keep: "killed", bytes: 64 << 20 };

/** Small files one after the other, each announced when it is safe, beside writers, removers and a flusher that care for nothing. */
const WRITING = `
(while :; do cp -a /usr/share/terminfo /usr/bin/nano /root/unsafe; rm -rf /root/unsafe/*; done) &
(while :; do seq 20000 > /root/long; sync; done) &
while i=$((i+1)); do seq $i | dd of=/root/safe/$i conv=fsync 2> /dev/null && echo safe:$i > /dev/console; done`;

/** Boots a guest in `page` and lets it write until `count` more files are safe. Returns the number of the last one known to be. */
export async function writeUntil(page: Page, already: number, count: number): Promise<number> {
  await page.evaluate((home) => boot({ home }), HOME);
  const found = await page.evaluate(
    (last) => run(`for i in $(seq ${last}); do seq $i | cmp - /root/safe/$i; done; cat /run/e2fsck 2> /dev/null`),
    already,
  );
  if (already > 0) expect(found).toMatch(/^\/dev\/vda: recovering journal\n(.*orphan.*\n)*\/dev\/vda: clean, /);
  await page.evaluate(
    (script) => void run(script).catch(() => undefined),
    `mkdir -p /root/safe /root/unsafe; i=${already}; ${WRITING}`,
  );
  const enough = (number: number) => said.includes(`safe:${number}\r`);
  await page.waitForFunction(enough, already + count, { timeout: 60_000 });
  return page.evaluate(() => Number([...said.matchAll(/safe:(\d+)\r/g)].at(-1)![1]));
}

/** What of the disk is safe after it: a file system without a fault, with every file from 1 to `safe`. */
export async function expectSafe(page: Page, safe: number, folder: string): Promise<void> {
  const path = join(folder, "killed.img");
  await exportTo(page, HOME.keep, path);
  expect(await replayAndCheck(path)).toEqual([]);
  const files = join(folder, "killed");
  mkdirSync(files);
  await extract(path, files);
  for (let i = 1; i <= safe; i++) {
    const lines = Array.from({ length: i }, (_, n) => `${n + 1}\n`).join("");
    expect(readFileSync(join(files, "root/safe", String(i)), "utf8")).toBe(lines);
  }
  rmSync(files, { recursive: true });
}
