/*
 * A new empty folder for the tests of one file, removed after them.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "colinux-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
