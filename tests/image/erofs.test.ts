/*
 * EROFS images as the guest's kernel reads them.
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ErofsWriter } from "../../kernels/image/erofs.js";
import { temporaryFolder } from "../support/folder.js";
import { Session } from "../support/session.js";

const folder = temporaryFolder();

function content(bytes: number, seed: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + (i >> 9) * 7 + seed) & 0xff));
}

test("the guest finds every file of an image, whole", { timeout: 60_000 }, async () => {
  const path = join(folder, "files.erofs");
  const files = new Map<string, Buffer>();
  for (const bytes of [0, 1, 511, 4095, 4096, 4097, 300_000]) files.set(`of-${bytes}-bytes`, content(bytes, bytes));
  // More names than fit into a block of the directory, up to the longest.
  for (let n = 0; n < 400; n++) files.set(`${n}${"x".repeat(n % 250)}`.slice(0, 255), content(n, n));
  const image = await ErofsWriter.create(path);
  for (const [name, data] of files) {
    image.begin();
    for (let at = 0; at < data.length; at += 1000) await image.append(data.subarray(at, at + 1000));
    if (data.length > 600) await image.patch(500, data.subarray(500, 510));
    image.end(name);
  }
  await image.finish();

  const session = await Session.atPrompt([`cobd0=${path},ro`]);
  await session.run("mount -t erofs -o ro /dev/vda /mnt");
  expect(Number(await session.run("ls /mnt | wc -l"))).toBe(files.size);
  const sums = await session.run("cd /mnt; sha256sum of-*; cat $(ls | sort) | sha256sum; cd /");
  const sum = (data: Buffer) => createHash("sha256").update(data).digest("hex");
  for (const [name, data] of files) if (name.startsWith("of-")) expect(sums).toContain(`${sum(data)}  ${name}`);
  const inOrder = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, data]) => data);
  expect(sums).toContain(`${sum(Buffer.concat(inOrder))}  -`);
  await session.powerOff();
});

test.each(["", "a/b", "x".repeat(256), "twice"])("refuses the name %j", async (name) => {
  const image = await ErofsWriter.create(join(folder, "refused.erofs"));
  await image.add("twice", content(10, 0));
  await expect(image.add(name, content(10, 0))).rejects.toThrow("cannot be a name");
  await image.close();
});
