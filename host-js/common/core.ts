/*
 * The CPU as the host sees it: the core's exports, and how an instance of it comes to be. The core imports its memory, a table for the
 * modules that it will emit, and a few WASI calls; it has no other way to the world. Everything else between the two goes through the
 * passage page (assembly/abi.ts) and through memory.ts.
 */

import { instantiateSync } from "@assemblyscript/loader";
import { ConsoleStdout, File, OpenFile, WASI, WASIProcExit } from "@bjorn3/browser_wasi_shim";
import { ABI_VERSION, PASSAGE_FEATURES, PASSAGE_PTR, PASSAGE_VERSION, RAM_PTR } from "../../assembly/abi.js";
import { ColinuxError, messageOf } from "./errors.js";
import { features } from "./features.js";
import { Modules, TABLE_ENTRIES } from "./modules.js";
import type { Environment } from "./ports.js";

/** The functions of the core. None may be called while `run` has not returned. */
export interface CoreExports {
  /** Starts the hart anew as the passage page says; clears hart, platform, the drivers' side of all slots and decoded code. Guest RAM stays. */
  reset(mode: number): void;
  /** Runs at most `budget` instructions (u32). Returns OP_*. */
  run(budget: number): number;
  /** Sets INTERRUPT_* bits in a slot's interrupt status and raises its line. */
  raise(slot: number, bits: number): void;
  /** Tells a cooperative kernel of COOP_EVENT_*: 1 = told, 0 = there is none. */
  announce(events: number): number;
  /** The host has written `bytes` bytes of guest RAM at `ptr` in linear memory. */
  hostWrote(ptr: number, bytes: number): void;
  /** Offers a byte to the UART: 1 = taken, 0 = its FIFO is full. */
  uartReceive(byte: number): number;
  /** 1 when a driver has enabled the UART's receive interrupt. */
  uartListening(): number;
  /** Forgets all compiled code and reads the threshold anew. */
  forgetUnits(): void;
  /** A CSR as the hart's current privilege mode would read it. For debugging. */
  readCsr(number: number): bigint;
}

/** An instance of the core: its functions and the linear memory that it shares with the host. */
export interface Core extends CoreExports {
  readonly buffer: ArrayBuffer;
  /** What the core has compiled. */
  readonly modules: Modules;
}

const WASM_PAGE_BYTES = 65536;

/**
 * Instantiates the core with `ramBytes` bytes of guest RAM. Lines that the core traces or that an assertion prints go to `trace`, what the user should know
 * of compiled code to `report`.
 * Errors: `ram-refused`, `core-invalid`, `core-version`.
 */
export function createCore(
  module: WebAssembly.Module,
  ramBytes: number,
  environment: Environment,
  trace: (line: string) => void,
  report: (message: string) => void = () => undefined,
): Core {
  const memory = createMemory(ramBytes);
  const table = new WebAssembly.Table({ element: "anyfunc", initial: TABLE_ENTRIES });
  const output = ConsoleStdout.lineBuffered(trace);
  const wasi = new WASI([], [], [new OpenFile(new File([])), output, output]);
  wasi.wasiImport.random_get = (ptr: number, bytes: number): number => {
    environment.random(new Uint8Array(memory.buffer, ptr >>> 0, bytes >>> 0));
    return 0;
  };

  let exports: CoreExports & { _initialize(): void };
  try {
    const imports = { env: { memory, table }, wasi_snapshot_preview1: wasi.wasiImport };
    // Its asynchronous twin asks whether the module is a `Response`, for which Node loads its HTTP client.
    const { instance } = instantiateSync(module, imports);
    exports = instance.exports as unknown as typeof exports;
    wasi.initialize({ exports: { memory, _initialize: exports._initialize } });
  } catch (error) {
    throw new ColinuxError("core-invalid", `The core cannot be started: ${messageOf(error)}`, { cause: error });
  }

  const version = new DataView(memory.buffer).getUint32(PASSAGE_PTR + PASSAGE_VERSION, true);
  if (version !== ABI_VERSION) {
    const advice = "Build both from the same source.";
    throw new ColinuxError("core-version", `The core speaks version ${version}, the host ${ABI_VERSION}. ${advice}`);
  }
  const { reset, run, raise, announce, hostWrote, uartReceive, uartListening, forgetUnits, readCsr } = exports;
  new DataView(memory.buffer).setUint32(PASSAGE_PTR + PASSAGE_FEATURES, features(), true);
  const modules = new Modules({ memory, table, now: () => environment.now(), forgetUnits, report });
  const functions = { reset, run, raise, announce, hostWrote, uartReceive, uartListening, forgetUnits, readCsr };
  return { buffer: memory.buffer, modules, ...functions };
}

/** Linear memory at its full size: growing it later would detach the views of requests in flight. */
function createMemory(ramBytes: number): WebAssembly.Memory {
  const pages = (RAM_PTR + ramBytes) / WASM_PAGE_BYTES;
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (error) {
    const mib = ramBytes / 2 ** 20;
    const message = `The JavaScript runtime refuses a machine with ${mib} MiB of memory (${messageOf(error)}). Give it less.`;
    throw new ColinuxError("ram-refused", message, { cause: error });
  }
}

/** What went wrong when a call into the core threw: an assertion of ours (the lines before it say which), or a WebAssembly trap. */
export function describeCoreFailure(thrown: unknown, lastTrace: string | undefined): string {
  if (thrown instanceof WASIProcExit) {
    return `The core stopped itself: ${lastTrace ?? `exit code ${thrown.code}`}`;
  }
  if (thrown instanceof WebAssembly.RuntimeError) {
    return `The core trapped: ${thrown.message}`;
  }
  return `The host failed: ${messageOf(thrown)}`;
}
