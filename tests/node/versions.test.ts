/*
 * A smoke test on every version of Node that is promised: the command boots, the library boots.
 */

import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { colinux } from "../support/command.js";
import { NODE_VERSIONS, nodeProgram } from "../support/node-versions.js";

const LIBRARY = `
import { Machine } from "colinux";
const machine = await Machine.boot({ ramBytes: 64 << 20 });
const reader = machine.console.output.getReader();
let text = "";
while (!/# /.test(text)) text += new TextDecoder().decode((await reader.read()).value);
await machine.kill();
console.log((await machine.stopped).kind);
`;

describe.each(Object.keys(NODE_VERSIONS).map(Number))("Node %i", (major) => {
  let node: string;
  beforeAll(() => {
    node = nodeProgram(major);
  }, 300_000);

  test("runs the command", async () => {
    const { code, stdout, stderr } = await colinux([], { node, input: "uname -m\npoweroff\n" });
    expect(stderr).toBe("colinux: Powered off.\n");
    expect(stdout).toMatch(/^riscv64\r?$/m);
    expect(code).toBe(0);
  });

  test("runs the library by its package name", () => {
    const root = new URL("../..", import.meta.url).pathname;
    const said = execFileSync(node, ["--input-type=module", "-e", LIBRARY], { cwd: root, encoding: "utf8" });
    expect(said).toBe("killed\n");
  });
});
