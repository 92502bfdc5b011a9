/*
 * The streams of a program in the guest and those of this process, each no faster than the other side takes it.
 */

import type { Readable, Writable } from "node:stream";
import type { Exit, GuestProcess } from "../common/index.js";

/** A program's children may hold its outputs open for ever after its exit; what they say is waited for as long as something comes. */
const QUIET_MS = 300;

/** Passes everything through until the program has ended and its last output is written. */
export async function passStreams(program: GuestProcess): Promise<Exit> {
  const outputs = [new Output(program.stdout, process.stdout), new Output(program.stderr, process.stderr)];
  void passInput(process.stdin, program.stdin);
  const exit = await program.exited;
  await Promise.all(outputs.map((output) => output.rest()));
  process.stdin.destroy();
  return exit;
}

async function passInput(from: Readable, to: WritableStream<Uint8Array>): Promise<void> {
  const writer = to.getWriter();
  // The program may close its input, or end, before there is anything to write.
  writer.closed.catch(() => from.destroy());
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      await writer.ready;
      await writer.write(chunk);
    }
    await writer.close();
  } catch {
    // It wants no more.
  }
}

class Output {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #ended: Promise<void>;
  /** Whether something is being written here, and when that was last so. */
  #busy = false;
  #lastMs = performance.now();

  constructor(from: ReadableStream<Uint8Array>, to: Writable) {
    this.#reader = from.getReader();
    // Nobody reads what we write: neither shall anybody what the program writes.
    to.on("error", () => void this.#reader.cancel().catch(() => undefined));
    this.#ended = this.#copy(to).catch(() => undefined);
  }

  /** After the exit: returns when all is written, or nothing has come for a while. */
  async rest(): Promise<void> {
    const begin = performance.now();
    const poll = async () => {
      while (this.#busy || performance.now() - Math.max(begin, this.#lastMs) < QUIET_MS)
        await new Promise((later) => setTimeout(later, QUIET_MS / 4));
    };
    await Promise.race([this.#ended, poll()]);
  }

  async #copy(to: Writable): Promise<void> {
    for (let part = await this.#reader.read(); !part.done; part = await this.#reader.read()) {
      this.#busy = true;
      await new Promise<void>((written) => to.write(part.value, () => written()));
      this.#busy = false;
      this.#lastMs = performance.now();
    }
  }
}
