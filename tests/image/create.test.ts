/*
 * What the words after `colinux create` ask for, and what is refused before anything is fetched.
 */

import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCreate } from "../../host-js/node/create.js";
import { sourcesFor } from "../../kernels/image/handover.js";
import { colinux } from "../support/command.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder();

test("reads what is asked for", () => {
  expect(readCreate(["debian", "/x/disk.img"])).toEqual({
    image: "/x/disk.img",
    bytes: 4 * 2 ** 30,
    include: [],
    suite: "trixie",
  });
  expect(
    readCreate(["debian", "d", "--size", "700m", "--include=a1,b+c", "--include", "g++", "--suite=sid"]),
  ).toMatchObject({ bytes: 700 * 2 ** 20, include: ["a1", "b+c", "g++"], suite: "sid" });
});

test.each([
  [[], "nothing is named"],
  [["fedora", "x"], "create fedora: "],
  [["debian"], "the image has no name"],
  [["debian", "a", "b"], '"b" is one word too many'],
  [["debian", "a", "--size", "4"], "--size 4: expected 512M"],
  [["debian", "a", "--size", "100M"], "--size 100M: expected 512M"],
  [["debian", "a", "--include", "good,Bad"], '"Bad" is no name'],
  [["debian", "a", "--include", "aa,,bb"], '"" is no name'],
  [["debian", "a", "--suite", "../x"], "--suite ../x: "],
  [["debian", "a", "--colour"], "--colour"],
])("refuses %j", (words, complaint) => {
  expect(() => readCreate(words)).toThrow(complaint);
});

test("leaves an image alone that is there already", async () => {
  writeFileSync(join(folder, "mine.img"), "mine");
  const { code, stderr } = await colinux(["create", "debian", join(folder, "mine.img")]);
  expect(code).toBe(2);
  expect(stderr).toContain("mine.img is there already");
  expect(readdirSync(folder)).toEqual(["mine.img"]);
});

test("names a package that Debian does not have, and leaves nothing behind", async () => {
  const { code, stderr } = await colinux(["create", "debian", join(folder, "new.img"), "--include", "no-such-package"]);
  expect(stderr).toContain("no-such-package");
  expect(code).toBe(1);
  expect(readdirSync(folder)).toEqual(["mine.img"]);
});

test("names a folder that is not there, and does not make it", async () => {
  const { code, stderr } = await colinux(["create", "debian", join(folder, "none", "new.img")]);
  expect(stderr).toContain(`there is no folder ${join(folder, "none")}.`);
  expect(code).toBe(2);
  expect(readdirSync(folder)).toEqual(["mine.img"]);
});

test("says that the mirror is out of reach, and leaves nothing behind", async () => {
  const cache = join(folder, "cache");
  const { code, stderr } = await colinux(["create", "debian", join(folder, "new.img")], {
    env: { ...process.env, XDG_CACHE_HOME: cache, DEBIAN_MIRROR: "http://127.0.0.1:9/debian" },
  });
  rmSync(cache, { recursive: true });
  expect(stderr).toMatch(/Cannot read the package lists of http:\/\/127\.0\.0\.1:9\/debian: .*\n.*DEBIAN_MIRROR/);
  expect(code).toBe(1);
  expect(readdirSync(folder)).toEqual(["mine.img"]);
});

test("tells the image's apt where packages and security updates come from", () => {
  const mirrors = { main: "http://main.invalid/debian", security: "http://security.invalid/debian" };
  const suites = (text: string) => text.match(/(?<=^(URIs|Suites): ).*$/gm);
  expect(suites(sourcesFor("trixie", mirrors))).toEqual([mirrors.main, "trixie", mirrors.security, "trixie-security"]);
  expect(suites(sourcesFor("sid", mirrors))).toEqual([mirrors.main, "sid"]);
  expect(suites(sourcesFor("trixie", { main: mirrors.main }))).toEqual([mirrors.main, "trixie"]);
});
