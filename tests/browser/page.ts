/*
 * The page of the browser test: boots the embedded guest in a Worker and keeps what it says, so that the test can look and type.
 */

import { type BootProgress, Machine, type StopReason } from "../../host-js/browser/index.js";

export interface BrowserSession {
  text: string;
  readonly progress: readonly BootProgress[];
  stopped?: StopReason;
  type(text: string): Promise<void>;
}

declare global {
  var session: BrowserSession;
}

const progress: BootProgress[] = [];
const machine = await Machine.boot({
  core: "core.wasm",
  kernel: "kernel",
  initrd: "initramfs",
  onProgress: (step) => progress.push(step),
});
const input = machine.console.input.getWriter();
globalThis.session = { text: "", progress, type: (text) => input.write(new TextEncoder().encode(text)) };

const decoder = new TextDecoder();
const reader = machine.console.output.getReader();
for (;;) {
  const { done, value } = await reader.read();
  if (done) break;
  session.text += decoder.decode(value, { stream: true });
}
session.stopped = await machine.stopped;
