/*
 * The page of chromium.ts: boots a machine in a Worker and hands on what it says and hears.
 */

import { type BootOptions, Machine } from "../../host-js/browser/index.js";

export type PageOptions = Pick<BootOptions, "ramBytes" | "commandLine" | "jitThreshold">;

const keyboard = new TransformStream<Uint8Array, Uint8Array>();
const typing = keyboard.writable.getWriter();

globalThis.consoleInput = (text) => void typing.write(Uint8Array.from(text, (character) => character.charCodeAt(0)));

globalThis.runMachine = async (options) => {
  const parts = { core: "core.wasm", kernel: "kernel", initrd: "initramfs" };
  const machine = await Machine.boot({ ...parts, ...(options as PageOptions) });
  void keyboard.readable.pipeTo(machine.console.input);
  for await (const bytes of machine.console.output) {
    consoleOutput(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  }
  return machine.stopped;
};
