/*
 * Programs and files of the guest, without its console: writes a file, sorts it with the guest's tools, reads the result.
 *
 *     node docs/examples/programs.mjs
 */

import { Machine } from "colinux";

const machine = await Machine.boot();
machine.console.output.pipeTo(new WritableStream());

await machine.files.writeFile("/tmp/words", "linux\ncooperative\nhost\n");
const sort = await machine.exec(["sort", "words"], { cwd: "/tmp" });
const { code, stdout } = await sort.output();
console.log(`sort ended with ${code}:\n${new TextDecoder().decode(stdout)}`);

// Streams, while it runs: twenty lines are enough of this one.
const yes = await machine.exec(["yes", "on and on"]);
let text = "";
for await (const part of yes.stdout.pipeThrough(new TextDecoderStream())) {
  text += part;
  if (text.split("\n").length > 20) break;
}
console.log(`yes was ended by ${(await yes.exited).signal}`);

const missing = await machine.files.readFile("/nowhere").catch((error) => error);
console.log(`${missing.code}, ${missing.errno}`);
await machine.shutdown();
console.log(await machine.stopped);
