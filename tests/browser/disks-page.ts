/*
 * The page of the tests of disks: boots guests with them, and keeps house.
 */

import {
  type BootOptions,
  diskSpace,
  exportDisk,
  importDisk,
  listDisks,
  Machine,
  resetDisk,
  type StopReason,
} from "../../host-js/browser/index.js";

declare global {
  /** The library, as tests use it by `page.evaluate`. */
  var house: {
    listDisks: typeof listDisks;
    diskSpace: typeof diskSpace;
    resetDisk: typeof resetDisk;
    importDisk: typeof importDisk;
    exportDisk: typeof exportDisk;
  };
  var reports: string[];
  /** What the guest said on its console. */
  var said: string;
  /** Boots the embedded guest. */
  function boot(options?: Partial<BootOptions>): Promise<void>;
  /** Boots without it. */
  function bootDisk(options: Partial<BootOptions>): Promise<void>;
  /** Runs a script in the guest. Returns what it printed. */
  function run(script: string): Promise<string>;
  function type(text: string): Promise<void>;
  function shutdown(): Promise<StopReason>;
  /** Waits until the guest has ended by itself. */
  function ended(): Promise<StopReason>;
  function kill(): Promise<void>;
  /** The code and the words of what `act` rejects with. */
  function failure(act: () => Promise<unknown>): Promise<readonly [code: string | undefined, message: string]>;
}

let machine: Machine;

globalThis.house = { listDisks, diskSpace, resetDisk, importDisk, exportDisk };
globalThis.reports = [];
globalThis.said = "";

globalThis.boot = (options) => bootDisk({ initrd: "initramfs", ...options });

globalThis.bootDisk = async (options) => {
  machine = await Machine.boot({
    core: "core.wasm",
    kernel: "kernel",
    commandLine: "quiet console=hvc0 TERM=dumb",
    report: (message) => reports.push(message),
    ...options,
  });
  const decoder = new TextDecoder();
  const listen = (piece: Uint8Array): void => {
    said += decoder.decode(piece, { stream: true });
  };
  void machine.console.output.pipeTo(new WritableStream({ write: listen }));
};

globalThis.run = async (script) => {
  const { stdout, stderr } = await (await machine.exec(["sh", "-c", script])).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
};

globalThis.type = async (text) => {
  const writer = machine.console.input.getWriter();
  await writer.write(new TextEncoder().encode(text));
  writer.releaseLock();
};

globalThis.shutdown = () => machine.shutdown();

globalThis.ended = () => machine.stopped;

globalThis.kill = async () => {
  await machine.kill();
};

globalThis.failure = (act) =>
  act().then(
    (value) => {
      throw new Error(`It did not reject: ${JSON.stringify(value)}`);
    },
    (error: Error & { code?: string }) => [error.code, error.message] as const,
  );

document.title = "ready";
