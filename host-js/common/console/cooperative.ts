/*
 * The console's side of a cooperative kernel: input goes into a ring in the page that the kernel has registered, and so does the size
 * (docs/ABI.md). The page is the guest's; what it says of the ring is believed only as far as it does no harm.
 */

import {
  COOP_EVENT_INPUT,
  COOP_EVENT_SIZE,
  COOP_INPUT_BYTES,
  COOP_PAGE_COLUMNS,
  COOP_PAGE_INPUT,
  COOP_PAGE_INPUT_HEAD,
  COOP_PAGE_INPUT_TAIL,
  COOP_PAGE_ROWS,
  PASSAGE_COOP_PAGE,
  PASSAGE_PTR,
} from "../../../assembly/abi.js";
import type { Core } from "../core.js";
import { type GuestMemory, readU64 } from "../memory.js";
import type { ConsoleInput } from "./input.js";

export class CooperativeConsole {
  readonly #core: Core;
  readonly #memory: GuestMemory;
  readonly #input: ConsoleInput;
  #size: { readonly columns: number; readonly rows: number };
  /** The page that knows the size. */
  #greetedPa = 0;

  constructor(core: Core, memory: GuestMemory, input: ConsoleInput, size: { columns: number; rows: number }) {
    this.#core = core;
    this.#memory = memory;
    this.#input = input;
    this.#size = size;
  }

  /** Whether such a kernel is there. */
  get attached(): boolean {
    return this.#pagePa !== 0;
  }

  /** Tells the size to a kernel that has just come. */
  greet(): void {
    const pa = this.#pagePa;
    if (pa === this.#greetedPa) return;
    this.#greetedPa = pa;
    if (pa !== 0) this.#tellSize(pa);
  }

  /** The kernel that was there is gone. */
  forget(): void {
    this.#greetedPa = 0;
  }

  /** Returns whether there is somebody who hears of it. */
  resize(columns: number, rows: number): boolean {
    this.#size = { columns, rows };
    const pa = this.#pagePa;
    if (pa !== 0) this.#tellSize(pa);
    return pa !== 0;
  }

  /** Moves input into the ring as far as there is room. Returns whether any went. */
  give(): boolean {
    const memory = this.#memory;
    const pa = this.#pagePa;
    let head = memory.readU32(pa + COOP_PAGE_INPUT_HEAD);
    const waiting = (head - memory.readU32(pa + COOP_PAGE_INPUT_TAIL)) >>> 0;
    let room = COOP_INPUT_BYTES - Math.min(waiting, COOP_INPUT_BYTES);
    if (room === 0) return false;
    while (room > 0 && !this.#input.empty) {
      const at = head % COOP_INPUT_BYTES;
      const placePa = pa + COOP_PAGE_INPUT + at;
      const taken = this.#input.take(memory.ramView(placePa, Math.min(room, COOP_INPUT_BYTES - at)));
      memory.wrote(placePa, taken);
      head = (head + taken) >>> 0;
      room -= taken;
    }
    memory.writeU32(pa + COOP_PAGE_INPUT_HEAD, head);
    return this.#core.announce(COOP_EVENT_INPUT) !== 0;
  }

  #tellSize(pa: number): void {
    this.#memory.writeU32(pa + COOP_PAGE_COLUMNS, this.#size.columns);
    this.#memory.writeU32(pa + COOP_PAGE_ROWS, this.#size.rows);
    this.#core.announce(COOP_EVENT_SIZE);
  }

  get #pagePa(): number {
    return readU64(this.#memory.view, PASSAGE_PTR + PASSAGE_COOP_PAGE);
  }
}
