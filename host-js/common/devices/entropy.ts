/*
 * The entropy device [virtio 5.4]: fills whatever buffer the driver posts with the host's random bytes.
 */

import type { Environment } from "../ports.js";
import type { Backend } from "./backend.js";
import { slice } from "./chain.js";
import type { Slot } from "./slot.js";

/** What one request gets at most. More is allowed to be asked for, less is allowed to be given [virtio 5.4.6]. */
const REQUEST_BYTES_MAX = 65536;

export class EntropyBackend implements Backend {
  readonly deviceId = 4;
  readonly features = [];
  readonly queueSizes = [8];
  readonly config = new Uint8Array(0);
  readonly #environment: Environment;
  #slot!: Slot;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  attach(slot: Slot): void {
    this.#slot = slot;
  }

  notify(queue: number): void {
    const { memory } = this.#slot;
    this.#slot.serve(queue, (chain) => {
      let written = 0;
      for (const { pa, bytes } of slice(chain.writable, 0, REQUEST_BYTES_MAX)) {
        this.#environment.random(memory.ramView(pa, bytes));
        memory.wrote(pa, bytes);
        written += bytes;
      }
      return written;
    });
  }
}
