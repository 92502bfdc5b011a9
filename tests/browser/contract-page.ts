/*
 * The page in which the contract of a machine is run, case by case.
 */

import { Machine } from "../../host-js/browser/index.js";
import { CASES, drain, runCase } from "../contracts/machine.js";

declare global {
  /** Runs one; what went wrong, if anything. */
  function runContract(name: string): Promise<string | undefined>;
}

let guest: Promise<Machine> | undefined;
const core = WebAssembly.compileStreaming(fetch("core.wasm"));

const boot = async (options = {}): Promise<Machine> =>
  Machine.boot({
    core: await core,
    kernel: "kernel",
    initrd: "initramfs",
    commandLine: "quiet console=hvc0 TERM=dumb",
    ...options,
  });

const shared = (): Promise<Machine> => {
  guest ??= boot().then((machine) => {
    drain(machine);
    return machine;
  });
  return guest;
};

globalThis.runContract = async (name) => {
  try {
    await runCase(name, boot, shared);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
};

document.title = `${CASES.length} cases`;
