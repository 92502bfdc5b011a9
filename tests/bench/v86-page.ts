/*
 * The page of v86.ts: starts v86 in the page's thread, which is where its users have it, with the serial port as the console.
 */

import { V86 } from "v86";

export interface PageOptions {
  readonly memoryBytes: number;
  readonly commandLine: string;
}

let emulator: V86 | undefined;

globalThis.consoleInput = (text) => emulator?.serial0_send(text);

globalThis.runMachine = async (options) => {
  const { memoryBytes, commandLine } = options as PageOptions;
  const machine = new V86({
    wasm_path: "v86.wasm",
    bios: { url: "bios" },
    vga_bios: { url: "vga-bios" },
    bzimage: { url: "kernel" },
    initrd: { url: "initramfs" },
    memory_size: memoryBytes,
    cmdline: commandLine,
    autostart: true,
    disable_keyboard: true,
    disable_mouse: true,
    disable_speaker: true,
  });
  emulator = machine;
  // A message for each byte would be most of the work; what is measured begins and ends with whole lines.
  let line = "";
  machine.add_listener("serial0-output-byte", (byte) => {
    line += String.fromCharCode(byte);
    if (byte !== 0x0a) return;
    consoleOutput(line);
    line = "";
  });
  // v86 has no word for the guest's end.
  return new Promise(() => undefined);
};
