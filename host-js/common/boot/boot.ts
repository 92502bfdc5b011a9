/*
 * Everything that a hart needs to start: read once from the options, loaded into guest RAM at each boot and reboot.
 */

import {
  PASSAGE_A1,
  PASSAGE_A2,
  PASSAGE_ENTRY,
  PASSAGE_PTR,
  PASSAGE_RAM_BYTES,
  RESET_SUPERVISOR,
} from "../../../assembly/abi.js";
import type { Core } from "../core.js";
import { type GuestMemory, writeU64 } from "../memory.js";
import type { Environment } from "../ports.js";
import { type Board, describeBoard } from "./board.js";
import { writeDeviceTree } from "./device-tree.js";
import { type Kernel, readKernel } from "./image.js";
import { readInitrd } from "./initrd.js";
import { type Layout, layOut } from "./layout.js";

const SEED_BYTES = 64;

export class Boot {
  readonly #kernel: Kernel;
  readonly #initrd: Uint8Array;
  readonly #layout: Layout;
  readonly #board: Omit<Board, "rngSeed">;

  private constructor(kernel: Kernel, initrd: Uint8Array, layout: Layout, board: Omit<Board, "rngSeed">) {
    this.#kernel = kernel;
    this.#initrd = initrd;
    this.#layout = layout;
    this.#board = board;
  }

  /** Reads kernel and initrd and finds places for them. Errors: those of readKernel, readInitrd and layOut. */
  static async prepare(
    machine: Pick<Board, "ramBytes" | "commandLine" | "slots">,
    kernelFile: Uint8Array,
    initrdFile: Uint8Array | undefined,
  ): Promise<Boot> {
    const kernel = await readKernel(kernelFile);
    const initrd = initrdFile === undefined ? new Uint8Array(0) : await readInitrd(initrdFile);
    const place = (initrdPa: number): Omit<Board, "rngSeed"> => ({
      ...machine,
      initrd: initrdFile && { startPa: initrdPa, endPa: initrdPa + initrd.length },
    });
    // The addresses in the tree do not change its size.
    const treeBytes = writeDeviceTree(describeBoard({ ...place(0), rngSeed: new Uint8Array(SEED_BYTES) })).length;
    const layout = layOut(machine.ramBytes, kernel, initrd.length, treeBytes);
    return new Boot(kernel, initrd, layout, place(layout.initrdPa));
  }

  /** Resets the hart to the kernel's entry and puts everything into guest RAM. */
  start(core: Core, memory: GuestMemory, environment: Environment): void {
    const rngSeed = new Uint8Array(SEED_BYTES);
    environment.random(rngSeed);
    writeU64(memory.view, PASSAGE_PTR + PASSAGE_RAM_BYTES, memory.ramBytes);
    writeU64(memory.view, PASSAGE_PTR + PASSAGE_ENTRY, this.#kernel.entryPa);
    writeU64(memory.view, PASSAGE_PTR + PASSAGE_A1, this.#layout.deviceTreePa);
    writeU64(memory.view, PASSAGE_PTR + PASSAGE_A2, 0);
    core.reset(RESET_SUPERVISOR);

    for (const { pa, data, memoryBytes, zeroRest } of this.#kernel.segments) {
      memory.write(pa, data);
      if (zeroRest) memory.fill(pa + data.length, memoryBytes - data.length, 0);
    }
    memory.write(this.#layout.initrdPa, this.#initrd);
    memory.write(this.#layout.deviceTreePa, writeDeviceTree(describeBoard({ ...this.#board, rngSeed })));
  }
}
