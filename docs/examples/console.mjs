/*
 * The console of a machine: reads until the prompt is there, types a command, reads what it answered.
 *
 *     node docs/examples/console.mjs ["command"]
 */

import { Machine } from "colinux";

const command = process.argv[2] ?? "cat /proc/cpuinfo";
const machine = await Machine.boot({ console: { columns: 120, rows: 30 }, kernelWords: ["TERM=dumb"] });
const input = machine.console.input.getWriter();
const output = machine.console.output.pipeThrough(new TextDecoderStream()).getReader();

/** What the guest says, up to and with `end`. */
async function readUntil(end) {
  let text = "";
  while (!text.includes(end)) {
    const { done, value } = await output.read();
    if (done) throw new Error(`The guest stopped: ${text}`);
    text += value;
  }
  return text;
}

const type = (text) => input.write(new TextEncoder().encode(text));

await readUntil("# ");
await type(`${command}\n`);
const [, ...lines] = (await readUntil("# ")).split(/\r*\n/);
console.log(lines.slice(0, -1).join("\n"));
await machine.kill();
