/*
 * The npm package on every version of Node that is promised, and the sources that it offers, from Debian's mirror.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { NODE_VERSIONS, nodeProgram } from "../support/node-versions.js";
import { type Installed, installedPackage, runIn } from "./installed.js";

const install = installedPackage();
let installed: Installed;
beforeAll(async () => {
  installed = await install();
}, 120_000);

const COMMAND = "node_modules/colinux/dist/host-js/node/colinux.js";
const EXAMPLES = "node_modules/colinux/docs/examples";

describe.each(Object.keys(NODE_VERSIONS).map(Number))("Node %i", (major) => {
  let node: string;
  beforeAll(() => {
    node = nodeProgram(major);
  }, 300_000);

  test("boots by the command, without any program in the PATH", async () => {
    const bare = { ...installed, env: { ...installed.env, PATH: "" } };
    const { stdout, stderr } = await runIn(bare, [node, COMMAND], "uname -m\npoweroff\n");
    expect(stdout).toMatch(/^riscv64\r?$/m);
    expect(stderr).toBe("colinux: Powered off.\n");
  });

  test("runs each example", async () => {
    const examples = readdirSync(join(installed.project, EXAMPLES)).filter((name) => name.endsWith(".mjs"));
    expect(examples.length).toBeGreaterThan(2);
    for (const name of examples) await runIn(installed, [node, join(EXAMPLES, name)]);
  });
});

test("colinux sources fetches the source of exactly what is in the guest", async () => {
  // apt and what it needs to verify are the machine's.
  const machine = { ...installed, env: { ...installed.env, PATH: process.env.PATH } };
  const folder = join(installed.env.TMPDIR, "sources");
  const { stderr } = await runIn(machine, [process.execPath, COMMAND, "sources", folder, "less"]);
  const [version] = /(?<=^sources: less )\S+$/m.exec(stderr)!;
  expect(readdirSync(folder)).toEqual(expect.arrayContaining([`less_${version}.dsc`]));
});
