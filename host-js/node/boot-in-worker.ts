/*
 * Boots a machine in a thread of its own (worker.ts). The core is compiled once for all machines of the process: threads share its code.
 */

import { Worker } from "node:worker_threads";
import type { SentError } from "../common/border/errors.js";
import { RemoteGuest } from "../common/border/remote-guest.js";
import { Machine } from "../common/machine.js";
import type { BootOptions } from "./boot-options.js";
import { coreModule } from "./embedded.js";
import { NodeEnvironment } from "./environment.js";
import { FileError, type FileErrorCode, StorageError } from "./file-error.js";

let compiled: Promise<WebAssembly.Module> | undefined;

/** Rejects as a boot in this thread does. */
export async function bootInWorker(options: BootOptions): Promise<Machine> {
  const { onReady, report, signal: _signal, worker: _worker, ...sendable } = options;
  // Nothing of this process's own arguments is for it: those of node --input-type, for one, would be refused.
  const thread = new Worker(new URL("./worker.js", import.meta.url), { name: "colinux", execArgv: [] });
  const guest = new RemoteGuest(
    {
      post: (message) => thread.postMessage(message),
      listen: (receive) => void thread.on("message", receive),
      terminate: async () => void (await thread.terminate()),
    },
    { report, revive },
  );
  thread.on("error", (error) => guest.threadEnded(error));
  thread.on("exit", (code) => guest.threadEnded(new Error(`The thread of the machine ended with code ${code}.`)));
  const machine = new Machine(guest, new NodeEnvironment(), onReady);
  const core = async () => options.core ?? (await ownCore());
  await guest.boot(core().then((module) => ({ ...sendable, core: module })));
  return machine;
}

async function ownCore(): Promise<WebAssembly.Module> {
  compiled ??= coreModule();
  try {
    return await compiled;
  } catch (error) {
    compiled = undefined;
    throw error;
  }
}

function revive({ name, message, code = "" }: SentError): Error | undefined {
  if (name === "FileError") return new FileError(code as FileErrorCode, message);
  if (name === "StorageError") return new StorageError(code, message);
  return undefined;
}
