/*
 * A thousand machines one after the other in one process: what the process has in memory stays what it was.
 */

import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

const LIBRARY = new URL("../../dist/host-js/node/index.js", import.meta.url).href;
const MACHINES = 1000;
const MIB = 2 ** 20;
/** Of a machine's 256 MiB a small guest has touched about 60. */
const LESS_THAN_ONE_MACHINE = 50 * MIB;

const script = (worker: boolean) => `
  import { Machine } from "${LIBRARY}";
  const sizes = [];
  for (let i = 0; i < ${MACHINES}; i++) {
    const machine = await Machine.boot({ worker: ${worker} });
    machine.console.output.pipeTo(new WritableStream()).catch(() => undefined);
    await (await machine.exec(["true"])).exited;
    if (i % 2) await machine.kill();
    else await machine.shutdown();
    sizes.push(process.memoryUsage.rss());
  }
  console.log(JSON.stringify(sizes));
`;

test.each([{ worker: true }, { worker: false }])("memory is flat, $worker", { timeout: 1_800_000 }, ({ worker }) => {
  const args = ["--input-type=module", "--eval", script(worker)];
  const sizes: number[] = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
  // The quieter of some neighbours: what was not collected yet comes and goes.
  const least = (from: number) => Math.min(...sizes.slice(from, from + 20));
  expect(least(MACHINES - 20) - least(10)).toBeLessThan(LESS_THAN_ONE_MACHINE);
});
