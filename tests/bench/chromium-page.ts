/*
 * The page of chromium.ts, which calls the functions below: boots a machine in a Worker and hands on what it says and hears.
 */

import { type BootOptions, Machine, type StopReason } from "../../host-js/browser/index.js";

export type PageOptions = Pick<BootOptions, "ramBytes" | "commandLine" | "jitThreshold">;

declare global {
  /** Boots, and returns when the guest has ended. */
  function runMachine(options: PageOptions): Promise<StopReason>;
  /** One character per byte, as with `consoleOutput`, which is no function of the page's. */
  function consoleInput(text: string): void;
  function consoleOutput(text: string): void;
}

const keyboard = new TransformStream<Uint8Array, Uint8Array>();
const typing = keyboard.writable.getWriter();

globalThis.consoleInput = (text) => void typing.write(Uint8Array.from(text, (character) => character.charCodeAt(0)));

globalThis.runMachine = async (options) => {
  const machine = await Machine.boot({ core: "core.wasm", kernel: "kernel", initrd: "initramfs", ...options });
  void keyboard.readable.pipeTo(machine.console.input);
  for await (const bytes of machine.console.output) {
    consoleOutput(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  }
  return machine.stopped;
};
