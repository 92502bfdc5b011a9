/*
 * Packages with their tar files unpacked, beside the packages as Debian made them: dpkg sees the same in both.
 */

import { execFileSync } from "node:child_process";
import { openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheRoot } from "../../kernels/cache.js";
import { addUnpacked } from "../../kernels/image/archive.js";
import { ErofsWriter } from "../../kernels/image/erofs.js";
import { ensureInitramfs } from "../../kernels/index.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder();

function sizes(path: string) {
  return execFileSync("dpkg-deb", ["--contents", path], { encoding: "utf8" });
}

test("dpkg reads a package that was unpacked as it reads the original", async () => {
  await ensureInitramfs();
  const archives = join(cacheRoot(), "apt", "trixie-riscv64", "archives");
  const name = readdirSync(archives).find((file) => file.startsWith("less_"));
  const original = join(archives, name!);
  const path = join(folder, "less.deb");
  // One file in the image begins at its second block and ends where the image's directory begins.
  const image = await ErofsWriter.create(path);
  const { dataAt, dataBytes } = await addUnpacked(image, "less.deb", original);
  await image.close();
  execFileSync("tail", ["-c", "+4097", path], {
    stdio: ["ignore", openSync(join(folder, "unpacked.deb"), "w"), "inherit"],
  });
  const unpacked = join(folder, "unpacked.deb");
  expect(sizes(unpacked)).toBe(sizes(original));
  expect(execFileSync("dpkg-deb", ["--field", unpacked], { encoding: "utf8" })).toBe(
    execFileSync("dpkg-deb", ["--field", original], { encoding: "utf8" }),
  );
  const magic = Buffer.alloc(5);
  readSync(openSync(unpacked, "r"), magic, 0, 5, dataAt + 257);
  expect(magic.toString()).toBe("ustar");
  expect(dataBytes % 512).toBe(0);
});

test("says which package cannot be unpacked", async () => {
  const image = await ErofsWriter.create(join(folder, "broken.erofs"));
  await expect(addUnpacked(image, "x.deb", "/dev/null")).rejects.toMatchObject({
    code: "PACKAGE_BROKEN",
    message: expect.stringContaining("/dev/null"),
  });
  await image.close();
});
