/*
 * The library in browsers: `import { Machine } from "colinux"`.
 *
 * `Machine.boot` takes addresses where Node takes paths, and puts the machine into a Worker. worker.js must lie beside this file: bundlers
 * that know `new Worker(new URL(...))` see to that, others are told of two entry points. No special HTTP header is needed.
 */

import type { WorkerBootOptions } from "./messages.js";
import { WorkerMachine } from "./worker-machine.js";

export { ColinuxError, type ErrorCode, type MachineConsole, type StopReason } from "../common/index.js";
export { BrowserEnvironment } from "./environment.js";
export type { WorkerBootOptions } from "./messages.js";
export type { WorkerMachine } from "./worker-machine.js";

/** What to boot: the core, a kernel and an initrd by their addresses or as bytes, and the options that any machine takes. */
export interface BootOptions extends Omit<WorkerBootOptions, "core" | "kernel" | "initrd"> {
  /** `core.wasm` of this package. */
  readonly core: string | URL | WebAssembly.Module;
  /** Linux `Image` (raw, gzip or zstd compressed) or a RISC-V ELF file; `kernel.gz` of this package is one. */
  readonly kernel: string | URL | Uint8Array;
  /** Initial RAM filesystem: cpio, raw, gzip or zstd; `initramfs.gz` of this package is one. */
  readonly initrd?: string | URL | Uint8Array;
}

export type Machine = WorkerMachine;
/** Boots machines in Workers. */
export const Machine = {
  /** Fetches what is given by address and boots a machine in a Worker of its own. */
  boot,
};

/** Fetches what is given by address and boots a machine in a Worker of its own. */
async function boot({ core, kernel, initrd, ...rest }: BootOptions): Promise<WorkerMachine> {
  const [module, kernelBytes, initrdBytes] = await Promise.all([
    core instanceof WebAssembly.Module ? core : WebAssembly.compileStreaming(get(core)),
    bytesOf(kernel),
    initrd === undefined ? undefined : bytesOf(initrd),
  ]);
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "colinux" });
  return WorkerMachine.boot(worker, {
    commandLine: "quiet console=hvc0",
    ...rest,
    core: module,
    kernel: kernelBytes,
    ...(initrdBytes && { initrd: initrdBytes }),
  });
}

async function bytesOf(source: string | URL | Uint8Array): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  return new Uint8Array(await (await get(source)).arrayBuffer());
}

async function get(address: string | URL): Promise<Response> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} cannot be fetched: ${response.status} ${response.statusText}`);
  return response;
}
