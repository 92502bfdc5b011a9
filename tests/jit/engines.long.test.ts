/*
 * Compilers in the guest, whose code ours compiles again: V8 and LuaJIT write, patch and move machine code all the time. V8 must print what it prints on the host, LuaJIT what
 * its own interpreter prints.
 */

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMAND_MS, copyImage, debianImage, Login } from "../debian/image.js";
import { missingPrograms } from "../storage/ext4.js";
import { temporaryFolder } from "../support/folder.js";

const INCLUDE = "nodejs,luajit";
const SECTOR_BYTES = 512;
const PROGRAM_MS = 3 * COMMAND_MS;

const program = (name: string) => fileURLToPath(new URL(`guest/${name}`, import.meta.url));
const folder = temporaryFolder();

describe.skipIf(missingPrograms.length > 0 && `${missingPrograms} not installed`)("in Debian", () => {
  let login: Login;

  beforeAll(async () => {
    const image = join(folder, "debian.img");
    copyImage(await debianImage(INCLUDE), image);
    const disks = ["engine.mjs", "engine.lua"].map((name, n) => `cobd${n + 1}=${diskOf(name)},ro`);
    login = await Login.on(image, ["root=/dev/cobd0", "mem=1024", "--stats", ...disks]);
    await login.run("cp /dev/vdb engine.mjs && cp /dev/vdc engine.lua");
  }, 3_600_000);

  afterAll(async () => {
    await login?.powerOff();
    console.log(login?.err.text);
  }, 300_000);

  describe("Node", { timeout: 1_800_000 }, () => {
    // Which of its compilers is asked: as it sees fit, or the simple one for everything.
    test.each(["--opt", "--always-sparkplug --no-opt"])("prints what the host's does: %s", async (flags) => {
      const expected = execFileSync(process.execPath, [program("engine.mjs")], { encoding: "utf8" });
      expect(await login.run(`node ${flags} engine.mjs`, PROGRAM_MS)).toBe(expected);
    });
  });

  test("LuaJIT prints with its compiler what it prints without", { timeout: 1_800_000 }, async () => {
    expect(await login.run(`luajit -e 'print(jit.status())'`)).toMatch(/^true/);
    const interpreted = await login.run("luajit -joff engine.lua", PROGRAM_MS);
    for (const level of ["", "-Ohotloop=2"])
      expect(await login.run(`luajit ${level} engine.lua`, PROGRAM_MS), level).toBe(interpreted);
    expect(interpreted).toContain("\n2\t41538\n");
  });
});

/** A disk with the text of a program; at its end a few empty lines that make it whole sectors. */
function diskOf(name: string): string {
  const text = readFileSync(program(name));
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([text, Buffer.alloc(-text.length & (SECTOR_BYTES - 1), "\n")]));
  return path;
}
