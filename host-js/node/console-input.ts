/*
 * From the user's input to the guest's console.
 *
 * A terminal's keys go through EscapeKeys. Input that is piped in is passed on as fast as the guest takes it; at its end the guest gets
 * ^D, once a second until it ends: a ^D means something only to a program that reads at that moment, and the end of a pipe is there for
 * every program that reads after it, too.
 */

import type { EscapeKeys } from "./escape-keys.js";

const LINE_END = 0x0a;
const END_OF_INPUT = Uint8Array.of(0x04);
const REPEAT_MS = 1000;

type Writer = WritableStreamDefaultWriter<Uint8Array>;

export function passKeys(from: NodeJS.ReadStream, keys: EscapeKeys, to: Writer): void {
  from.on("data", (chunk: Buffer) => {
    const passed = keys.filter(chunk);
    if (passed.length > 0) write(to, passed);
  });
}

/** Returns once the guest took all of the input; `stop` ends the repeated ^D. */
export async function passPipe(from: NodeJS.ReadStream, to: Writer, stop: AbortSignal): Promise<void> {
  let last = LINE_END;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    if (stop.aborted) return;
    await to.write(chunk);
    last = chunk[chunk.length - 1] ?? last;
  }
  if (stop.aborted) return;
  if (last !== LINE_END) await to.write(Uint8Array.of(LINE_END));
  write(to, END_OF_INPUT);
  const repeat = setInterval(write, REPEAT_MS, to, END_OF_INPUT);
  stop.addEventListener("abort", () => clearInterval(repeat));
}

/** Keys that come when the guest has just stopped go nowhere. */
function write(to: Writer, bytes: Uint8Array): void {
  to.write(bytes).catch(() => undefined);
}
