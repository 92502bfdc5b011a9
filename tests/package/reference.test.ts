/*
 * The API reference is written, and everything that is exported has a comment: TypeDoc fails otherwise.
 */

import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./installed.js";

test("the reference has no gaps", () => {
  const out = join(ROOT, "dist/reference");
  rmSync(out, { recursive: true, force: true });
  execFileSync(process.execPath, ["setup.mjs", "reference"], { cwd: ROOT, stdio: "pipe" });
  expect(readdirSync(join(out, "classes"))).toEqual(
    expect.arrayContaining(["common.Machine.html", "node.FileStorage.html", "node.OverlayStorage.html"]),
  );
}, 120_000);
