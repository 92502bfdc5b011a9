/*
 * The library in browsers: `import { Machine } from "colinux/browser"`.
 *
 * `Machine.boot` takes addresses where Node takes paths, and puts the machine into a Worker. Disks are described (disks.ts) or storages of the caller. worker.js must lie beside this file: bundlers
 * that know `new Worker(new URL(...))` see to that, others are told of two entry points. No special HTTP header is needed.
 */

import { unlessAborted } from "../common/abort-boot.js";
import { RemoteGuest } from "../common/border/remote-guest.js";
import { ColinuxError } from "../common/errors.js";
import type { MachineOptions } from "../common/index.js";
import { Machine as CommonMachine } from "../common/machine.js";
import { anyKept, type Disk, sendDisks } from "./disks.js";
import { type BootProgress, checkWebAssembly, Downloads } from "./download.js";
import { BrowserEnvironment } from "./environment.js";
import { withHome } from "./home.js";

export * from "../common/index.js";
export type { PackProgress } from "../common/overlay/pack.js";
export type { Disk, DiskDescription } from "./disks.js";
export type { BootFileName, BootProgress } from "./download.js";
export { BrowserEnvironment } from "./environment.js";
export {
  type DiskSpace,
  diskSpace,
  type ExportedDisk,
  exportDisk,
  importDisk,
  type KeptDiskInfo,
  listDisks,
  resetDisk,
} from "./keep-house.js";

/** Of what to boot, what crosses to the Worker: as it is, and the disks as border/options.ts and disks.ts make them. */
export interface WorkerBootOptions
  extends Omit<MachineOptions, "environment" | "sampler" | "report" | "onReady" | "signal" | "disks"> {
  /** By number. */
  readonly disks: ReadonlyArray<Disk | undefined>;
}

/** What to boot: the core, a kernel and an initrd by their addresses or as bytes, and the options that any machine takes. */
export interface BootOptions
  extends Omit<MachineOptions, "environment" | "sampler" | "bare" | "core" | "kernel" | "initrd" | "disks"> {
  /** `core.wasm` of this package. */
  readonly core: string | URL | WebAssembly.Module;
  /** Linux `Image` (raw, gzip or zstd compressed) or a RISC-V ELF file; `kernel.gz` of this package is one. */
  readonly kernel: string | URL | Uint8Array;
  /** Initial RAM filesystem: cpio, raw, gzip or zstd; `initramfs.gz` of this package is one. */
  readonly initrd?: string | URL | Uint8Array;
  /**
   * Disks by number: `disks[n]` is the guest's cobdN. A storage of the caller answers from the caller's thread, and is closed by the machine when
   * it stops; what is described is opened in the machine's Worker. At most 32.
   */
  readonly disks?: ReadonlyArray<Disk | undefined>;
  /**
   * Where the embedded guest has /root: the name under which the browser keeps it, in 4 GiB that take only the room that is used, or a disk
   * of another kind. It comes behind `disks`. Left out: in RAM, gone when the machine stops.
   */
  readonly home?: string | Disk;
  /** Told how far the boot has come. */
  readonly onProgress?: (progress: BootProgress) => void;
}

export type Machine = CommonMachine;
/** Boots machines in Workers. */
export const Machine = {
  /**
   * Fetches what is given by address and boots a machine in a Worker of its own. Rejects with `ColinuxError`: `download-failed`, `webassembly-missing`,
   * `webassembly-refused`, `worker-failed`, and what the options may have wrong.
   */
  boot: (options: BootOptions): Promise<CommonMachine> => unlessAborted(boot(options), options.signal),
};

async function boot({ onReady, report, signal, onProgress, ...options }: BootOptions): Promise<CommonMachine> {
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
  const downloads = new Downloads(onProgress, signal);
  const broken = new Promise<never>((_, reject) => {
    worker.onerror = ({ message }) => {
      const error = workerFailure(message);
      downloads.giveUp();
      guest.threadEnded(error);
      reject(error);
    };
  });
  const machine = new CommonMachine(guest, new BrowserEnvironment(), onReady);
  // The Worker comes to life while files do.
  await Promise.race([broken, guest.boot(fetched(options, downloads))]);
  return machine;
}

/** Of a script that could not be had there is no message. */
function workerFailure(message: string): ColinuxError {
  if (message) return new ColinuxError("worker-failed", `The Worker of the machine failed: ${message}.`);
  if (!navigator.onLine)
    return new ColinuxError("download-failed", "worker.js could not be fetched. This browser is offline.");
  const why = "worker.js is not there, or the page's worker-src forbids it";
  return new ColinuxError("worker-failed", `The Worker of the machine failed, or ${why}.`);
}

async function fetched(
  {
    core,
    kernel,
    initrd,
    home,
    disks: asked = [],
    commandLine = "quiet console=hvc0",
    ...rest
  }: Omit<BootOptions, "onReady" | "report" | "signal" | "onProgress">,
  downloads: Downloads,
): Promise<WorkerBootOptions> {
  checkWebAssembly();
  const { disks, word } = home === undefined ? { disks: asked, word: "" } : withHome(home, asked);
  const sent = sendDisks(disks);
  if (anyKept(disks)) askToKeep();
  const bytesOf = (file: "kernel" | "initrd", source: string | URL | Uint8Array) =>
    source instanceof Uint8Array ? source : downloads.bytes(file, source);
  const [module, kernelBytes, initrdBytes] = await Promise.all([
    core instanceof WebAssembly.Module ? core : downloads.module("core", core),
    bytesOf("kernel", kernel),
    initrd === undefined ? undefined : bytesOf("initrd", initrd),
  ]);
  downloads.tell({ stage: "start" });
  return {
    ...rest,
    commandLine: [commandLine, word].join(" ").trim(),
    disks: sent,
    core: module,
    kernel: kernelBytes,
    ...(initrdBytes && { initrd: initrdBytes }),
  };
}

/**
 * A browser may clear what a page has stored when the computer has no room left, unless the page has asked it not to. Some ask the user then, so nothing
 * waits for the answer, which `diskSpace` tells.
 */
function askToKeep(): void {
  const { storage } = navigator as Partial<Navigator>;
  void storage?.persist?.().catch(() => undefined);
}
