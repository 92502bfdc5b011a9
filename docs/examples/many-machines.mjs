/*
 * Many machines at once in one process: each has a thread of its own, they share the compiled core, and an idle one costs memory only.
 *
 *     node docs/examples/many-machines.mjs [how many]
 */

import { Machine } from "colinux";

const count = Number(process.argv[2] ?? 4);

async function square(number) {
  const machine = await Machine.boot({ ramBytes: 32 << 20, kernelWords: ["TERM=dumb"] });
  const input = machine.console.input.getWriter();
  await input.write(new TextEncoder().encode(`echo "it is $((${number} * ${number}))"; poweroff\n`));
  let text = "";
  for await (const piece of machine.console.output.pipeThrough(new TextDecoderStream())) text += piece;
  const { kind } = await machine.stopped;
  return `machine ${number}: ${/^it is \d+/m.exec(text)?.[0]}, ${kind}`;
}

const numbers = Array.from({ length: count }, (_, at) => at + 1);
for (const line of await Promise.all(numbers.map(square))) console.log(line);
