/*
 * The embedded guest in this process, for tests of its agent.
 */

import { readFileSync } from "node:fs";
import { type BootOptions, type ExecOptions, Machine, type ProcessOutput } from "../../host-js/node/index.js";

export type Guest = Awaited<ReturnType<typeof Machine.boot>>;

/** Boots it; its console is read and forgotten. */
export async function bootGuest(options: BootOptions = {}): Promise<Guest> {
  const machine = await Machine.boot({
    core: await WebAssembly.compile(readFileSync(new URL("../../dist/core.wasm", import.meta.url))),
    worker: false,
    kernelWords: ["TERM=dumb"],
    ...options,
  });
  void machine.console.output.pipeTo(new WritableStream()).catch(() => undefined);
  return machine;
}

/** Runs a shell script to its end. */
export async function sh(guest: Guest, script: string, options: ExecOptions = {}): Promise<ProcessOutput> {
  return (await guest.exec(["sh", "-c", script], options)).output();
}

/** Waits until the host knows that the agent is gone: its connections end one by one, and one that is made meanwhile breaks. */
export async function agentGone(guest: Guest): Promise<void> {
  for (let gone = false; !gone; ) {
    gone = await guest.ready({ readyTimeout: 20 }).then(
      () => false,
      () => true,
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What a script prints. */
export async function say(guest: Guest, script: string, options: ExecOptions = {}): Promise<string> {
  return text((await sh(guest, script, options)).stdout);
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

export async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}
