/*
 * What an npm package says of its guest: the small readers behind it. tests/package looks at the whole.
 */

import { expect, test } from "vitest";
import { namesForProfiles } from "../../kernels/package/guest.js";
import { packagesAmong } from "../../kernels/package/npm-notices.js";
import { licencesIn, parseBuiltUsing, sourcesOf } from "../../kernels/package/origins.js";
import { sourcesText } from "../../kernels/package/sources.js";

test.each([
  ["", []],
  ["glibc (= 2.41-12)", [{ name: "glibc", version: "2.41-12" }]],
  [
    "gcc-14 (= 14.2.0-19), busybox (= 1:1.37.0-6)",
    [
      { name: "gcc-14", version: "14.2.0-19" },
      { name: "busybox", version: "1:1.37.0-6" },
    ],
  ],
])("parseBuiltUsing() reads %j", (field, expected) => {
  expect(parseBuiltUsing(field)).toEqual(expected);
});

test("licencesIn() finds names at the ends of sentences, and only known ones", () => {
  const text = `see /usr/share/common-licenses/GPL-2.
    "/usr/share/common-licenses/LGPL-2.1"; /usr/share/common-licenses/MINE; GPL-3`;
  expect(licencesIn(text, ["GPL", "GPL-2", "GPL-3", "LGPL-2", "LGPL-2.1"])).toEqual(["GPL-2", "LGPL-2.1"]);
});

test("a source of several packages is named once, two versions of it are named both", () => {
  const origin = (name: string, version: string) => ({ name, version, sources: [{ name: "glibc", version }] });
  const origins = [origin("libc6", "2"), origin("libc-bin", "2"), origin("libc6-static", "1")];
  expect(sourcesOf(origins).map(({ version }) => version)).toEqual(["1", "2"]);
  expect(sourcesText(origins).match(/^ {4}glibc .*$/gm)).toEqual(["    glibc 1", "    glibc 2"]);
});

test("packagesAmong() names npm packages, wherever node_modules lies", () => {
  const inputs = ["dist/host-js/node/cli.js", "node_modules/fzstd/esm/index.mjs", "../main/node_modules/@a/b/index.js"];
  expect(packagesAmong([...inputs, "node_modules/fzstd/esm/other.mjs"])).toEqual(["@a/b", "fzstd"]);
});

test("namesForProfiles() keeps code, and what is found by name", () => {
  const line = (type: string, name: string) => `ffffffff80000000 ${type} ${name}\n`;
  const [code, weak, task, end] = [line("t", "f"), line("W", "g"), line("D", "init_task"), line("B", "_end")];
  expect(namesForProfiles(code + line("d", "data") + weak + task + line("D", "my_init_task") + end)).toBe(
    code + weak + task + end,
  );
});
