/*
 * The library in browsers: `import { Machine } from "colinux/browser"`.
 *
 * `Machine.boot` takes addresses where Node takes paths, and puts the machine into a Worker. worker.js must lie beside this file: bundlers
 * that know `new Worker(new URL(...))` see to that, others are told of two entry points. No special HTTP header is needed.
 */

import { unlessAborted } from "../common/abort-boot.js";
import { RemoteGuest } from "../common/border/remote-guest.js";
import type { MachineOptions } from "../common/index.js";
import { Machine as CommonMachine } from "../common/machine.js";
import { BrowserEnvironment } from "./environment.js";

export * from "../common/index.js";
export { BrowserEnvironment } from "./environment.js";

/** Of what to boot, what crosses to the Worker as it is. */
export type WorkerBootOptions = Omit<MachineOptions, "environment" | "sampler" | "report" | "onReady" | "signal">;

/** What to boot: the core, a kernel and an initrd by their addresses or as bytes, and the options that any machine takes. */
export interface BootOptions
  extends Omit<MachineOptions, "environment" | "sampler" | "bare" | "core" | "kernel" | "initrd"> {
  /** `core.wasm` of this package. */
  readonly core: string | URL | WebAssembly.Module;
  /** Linux `Image` (raw, gzip or zstd compressed) or a RISC-V ELF file; `kernel.gz` of this package is one. */
  readonly kernel: string | URL | Uint8Array;
  /** Initial RAM filesystem: cpio, raw, gzip or zstd; `initramfs.gz` of this package is one. */
  readonly initrd?: string | URL | Uint8Array;
}

export type Machine = CommonMachine;
/** Boots machines in Workers. */
export const Machine = {
  /** Fetches what is given by address and boots a machine in a Worker of its own. Rejects with `ColinuxError`, and when something cannot be fetched. */
  boot: (options: BootOptions): Promise<CommonMachine> => unlessAborted(boot(options), options.signal),
};

async function boot({ onReady, report, signal, ...options }: BootOptions): Promise<CommonMachine> {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "colinux" });
  const guest = new RemoteGuest(
    {
      post: (message) => worker.postMessage(message),
      listen: (receive) => {
        worker.onmessage = ({ data }) => receive(data);
      },
      terminate: () => worker.terminate(),
    },
    { report },
  );
  worker.onerror = ({ message }) =>
    guest.threadEnded(
      new Error(`The Worker of the machine failed${message ? `: ${message}` : ", or worker.js is not there"}`),
    );
  const machine = new CommonMachine(guest, new BrowserEnvironment(), onReady);
  await guest.boot(fetched(options, signal));
  return machine;
}

async function fetched(
  { core, kernel, initrd, ...rest }: BootOptions,
  signal: AbortSignal | undefined,
): Promise<WorkerBootOptions> {
  const get = (address: string | URL) => fetchFile(address, signal);
  const bytesOf = async (source: string | URL | Uint8Array) =>
    source instanceof Uint8Array ? source : new Uint8Array(await (await get(source)).arrayBuffer());
  const [module, kernelBytes, initrdBytes] = await Promise.all([
    core instanceof WebAssembly.Module ? core : WebAssembly.compileStreaming(get(core)),
    bytesOf(kernel),
    initrd === undefined ? undefined : bytesOf(initrd),
  ]);
  return {
    commandLine: "quiet console=hvc0",
    ...rest,
    core: module,
    kernel: kernelBytes,
    ...(initrdBytes && { initrd: initrdBytes }),
  };
}

async function fetchFile(address: string | URL, signal: AbortSignal | undefined): Promise<Response> {
  const response = await fetch(address, signal === undefined ? {} : { signal });
  if (!response.ok) throw new Error(`${address} cannot be fetched: ${response.status} ${response.statusText}`);
  return response;
}
