/*
 * Everything that a hart needs to start: read from the options once, or at each boot what they give as a function, and loaded into guest RAM
 * at each boot and reboot.
 */

import {
  PASSAGE_A1,
  PASSAGE_A2,
  PASSAGE_ENTRY,
  PASSAGE_FROMHOST,
  PASSAGE_PTR,
  PASSAGE_RAM_BYTES,
  PASSAGE_TOHOST,
  RESET_BARE,
  RESET_SUPERVISOR,
} from "../../../assembly/abi.js";
import type { Core } from "../core.js";
import { ColinuxError } from "../errors.js";
import { type GuestMemory, writeU64 } from "../memory.js";
import type { BareOptions, BootFile, MachineOptions } from "../options.js";
import type { Environment } from "../ports.js";
import { type Board, describeBoard } from "./board.js";
import { writeDeviceTree } from "./device-tree.js";
import { firmwareInfo } from "./firmware-info.js";
import { readBare, readKernel, readPayload } from "./image.js";
import { readInitrd } from "./initrd.js";
import type { Kernel, Segment } from "./kernel.js";
import { type Layout, layOut } from "./layout.js";
import { readSymbols } from "./symbols.js";

const SEED_BYTES = 64;

/** What the hart executes first, and what lies in RAM then. */
interface Start {
  readonly mode: number;
  readonly entryPa: number;
  readonly segments: readonly Segment[];
  /** Where a bare program finds its next stage, 0 = nowhere. */
  readonly nextPa: number;
  /** HTIF's words, 0 = there are none. */
  readonly tohostPa: number;
  readonly fromhostPa: number;
}

/** What the board is, whatever is booted on it. */
export type BoardDescription = Pick<Board, "ramBytes" | "commandLine" | "slots">;

export class Boot {
  readonly #start: Start;
  readonly #initrd: Uint8Array;
  readonly #layout: Layout;
  readonly #board: Omit<Board, "rngSeed">;

  private constructor(start: Start, initrd: Uint8Array, layout: Layout, board: Omit<Board, "rngSeed">) {
    this.#start = start;
    this.#initrd = initrd;
    this.#layout = layout;
    this.#board = board;
  }

  /** Reads what is to be started and finds places for it. Errors: `kernel-missing`, those of readKernel, readInitrd and layOut. */
  static async prepare(
    machine: BoardDescription,
    { kernel, initrd: initrdSource, bare }: Pick<MachineOptions, "kernel" | "initrd" | "bare">,
  ): Promise<Boot> {
    const start = await startOf(await bytesOf(kernel), bare);
    const initrdFile = await bytesOf(initrdSource);
    const initrd = initrdFile === undefined ? new Uint8Array(0) : await readInitrd(initrdFile);
    const place = (initrdPa: number): Omit<Board, "rngSeed"> => ({
      ...machine,
      bare: bare !== undefined,
      initrd: initrdFile && { startPa: initrdPa, endPa: initrdPa + initrd.length },
    });
    // The addresses in the tree do not change its size.
    const treeBytes = writeDeviceTree(describeBoard({ ...place(0), rngSeed: new Uint8Array(SEED_BYTES) })).length;
    const layout = layOut(machine.ramBytes, start.segments, initrd.length, treeBytes);
    return new Boot(start, initrd, layout, place(layout.initrdPa));
  }

  /** Resets the hart to the kernel's entry and puts everything into guest RAM. */
  start(core: Core, memory: GuestMemory, environment: Environment): void {
    const rngSeed = new Uint8Array(SEED_BYTES);
    environment.random(rngSeed);
    writeU64(memory.view, PASSAGE_PTR + PASSAGE_RAM_BYTES, memory.ramBytes);
    const { mode, entryPa, segments, nextPa, tohostPa, fromhostPa } = this.#start;
    writeU64(memory.view, PASSAGE_PTR + PASSAGE_ENTRY, entryPa);
    writeU64(memory.view, PASSAGE_PTR + PASSAGE_A1, this.#layout.deviceTreePa);
    writeU64(memory.view, PASSAGE_PTR + PASSAGE_A2, mode === RESET_BARE ? this.#layout.firmwareInfoPa : 0);
    writeU64(memory.view, PASSAGE_PTR + PASSAGE_TOHOST, tohostPa);
    writeU64(memory.view, PASSAGE_PTR + PASSAGE_FROMHOST, fromhostPa);
    core.reset(mode);

    if (mode === RESET_BARE) memory.write(this.#layout.firmwareInfoPa, firmwareInfo(nextPa));
    for (const { pa, data, memoryBytes, zeroRest } of segments) {
      memory.write(pa, data);
      if (zeroRest) memory.fill(pa + data.length, memoryBytes - data.length, 0);
    }
    memory.write(this.#layout.initrdPa, this.#initrd);
    memory.write(this.#layout.deviceTreePa, writeDeviceTree(describeBoard({ ...this.#board, rngSeed })));
  }
}

async function bytesOf(file: BootFile | undefined): Promise<Uint8Array | undefined> {
  return typeof file === "function" ? file() : file;
}

async function startOf(kernelFile: Uint8Array | undefined, bare: BareOptions | undefined): Promise<Start> {
  if (bare === undefined) {
    if (kernelFile === undefined) throw new ColinuxError("kernel-missing", "The machine has no kernel to start.");
    const { entryPa, segments } = await readKernel(kernelFile);
    return { mode: RESET_SUPERVISOR, entryPa, segments, nextPa: 0, tohostPa: 0, fromhostPa: 0 };
  }
  const { entryPa, segments }: Kernel = readBare(bare.image);
  const payload = kernelFile && (await readPayload(kernelFile));
  const symbols = readSymbols(bare.image, ["tohost", "fromhost"]);
  return {
    mode: RESET_BARE,
    entryPa,
    segments: [...segments, ...(payload?.segments ?? [])],
    nextPa: payload?.entryPa ?? 0,
    tohostPa: symbols.get("tohost") ?? 0,
    fromhostPa: symbols.get("fromhost") ?? 0,
  };
}
