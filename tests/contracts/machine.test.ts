/*
 * The contract of a machine on Node: in the caller's thread, and in a thread of its own, which can only be what was built.
 */

import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import type { BootOptions, Machine } from "../../host-js/node/index.js";
import * as source from "../../host-js/node/index.js";
import { CASES, drain, runCase } from "./machine.js";

const core = WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
const built: typeof source = await import(new URL("../../dist/host-js/node/index.js", import.meta.url).href);

describe.each([
  { where: "the caller's thread", library: source, worker: false },
  { where: "a thread of its own", library: built, worker: true },
])("a machine in $where", ({ library, worker }) => {
  const boot = async (options: BootOptions = {}): Promise<Machine> =>
    library.Machine.boot({ core: await core, worker, kernelWords: ["TERM=dumb"], ...options });
  let guest: Promise<Machine> | undefined;
  const shared = (): Promise<Machine> => {
    guest ??= boot();
    return guest;
  };
  afterAll(async () => (await guest)?.kill());

  test.each(CASES)("$name", async ({ name }) => {
    if (guest === undefined) drain(await shared());
    await runCase(name, boot, shared);
  });

  test("names a file that is not there as it does in this process", async () => {
    await expect(boot({ kernel: "/no/kernel" })).rejects.toMatchObject({
      name: "FileError",
      code: "file-missing",
      message: "/no/kernel does not exist.",
    });
  });
});

describe("options that only one of the two can have", () => {
  test.each(["environment", "sampler"])("%s is refused with a worker", async (name) => {
    const boot = source.Machine.boot({ worker: true, [name]: {} });
    await expect(boot).rejects.toMatchObject({ code: "worker-option" });
  });
});
