/*
 * The page of v86.ts: starts v86 in the page's thread, which is where its users have it, with the serial port as the console.
 *
 * An idle guest keeps v86 busy for a seventh of a processor, which would be missing where others are measured. So it stands still from the
 * end of each command to the next.
 */

import { V86 } from "v86";
import { endsReply } from "./lines.js";

export interface PageOptions {
  readonly memoryBytes: number;
  readonly commandLine: string;
}

let emulator: V86 | undefined;

globalThis.consoleInput = (text) => {
  emulator?.serial0_send(text);
  void emulator?.run();
};

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
    if (endsReply(line.trimEnd())) void machine.stop();
    line = "";
  });
  // v86 has no word for the guest's end. A promise that nobody could keep any more would be collected, which fails whoever waits for it.
  return new Promise((_, failed) => machine.add_listener("download-error", failed));
};
