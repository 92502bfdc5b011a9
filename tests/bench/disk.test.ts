import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.js";
import { firstDifference } from "./disk.js";

const folder = temporaryFolder();

test.each([
  ["nothing in equal files", 3 << 20, 3 << 20, undefined, undefined],
  ["a byte behind the first megabyte", 2 << 20, 2 << 20, (1 << 20) + 5, (1 << 20) + 5],
  ["the end of the shorter file", 1000, 2000, undefined, 1000],
])("firstDifference() finds %s", (_what, bytes, otherBytes, changed, expected) => {
  const [one, other] = [join(folder, "one"), join(folder, "other")];
  const contents = Buffer.alloc(otherBytes);
  if (changed !== undefined) contents[changed] = 1;
  writeFileSync(one, Buffer.alloc(bytes));
  writeFileSync(other, contents);
  expect(firstDifference(one, other)).toBe(expected);
  expect(firstDifference(other, one)).toBe(expected);
});
