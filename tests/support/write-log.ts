/*
 * A disk in memory that remembers in which order it was written and flushed, and tells what a power failure could leave of it.
 *
 * Like a drive with a cache it completes writes long before they are safe, in any order, and promises only this: when a flush completes,
 * every write is safe whose completion had been reported before the flush was issued. What else it was given before the cut may be
 * there or not, each of its sectors by itself.
 *
 *     moment    0    1    2    3    4    5    6    7
 *     write a   [---------]                            safe from 6 on: complete before the flush came
 *     write b        [----------------------]          at 6 still anything
 *     flush                    [--------------]
 */

import type { Storage } from "../../host-js/common/index.js";
import { Random } from "../differential/random.js";

const SECTOR_BYTES = 512;

interface Request {
  readonly issued: number;
  completed: number;
}

interface Write extends Request {
  readonly offset: number;
  readonly data: Uint8Array;
}

export interface WriteLogOptions {
  /** What the disk holds at first. Safe, of course. */
  readonly content: Uint8Array;
  readonly seed: number;
  /** Calls back after some milliseconds. Without it the disk does everything at once. */
  readonly later?: (ms: number, call: () => void) => void;
}

/** Whether the flush of this number did nothing: what tests must notice. */
export type Lies = (flush: number) => boolean;

export class WriteLog implements Storage {
  readonly bytes: number;
  readonly readOnly = false;
  readonly writes: Write[] = [];
  readonly flushes: Request[] = [];
  private readonly initial: Uint8Array;
  private readonly content: Uint8Array;
  private readonly chance: Random;
  private moment = 0;

  constructor(private readonly options: WriteLogOptions) {
    this.initial = options.content;
    this.content = new Uint8Array(options.content);
    this.bytes = options.content.length;
    this.chance = new Random(options.seed);
  }

  /** The number of things that have happened so far. */
  get now(): number {
    return this.moment;
  }

  read(offset: number, into: Uint8Array): void {
    into.set(this.content.subarray(offset, offset + into.length));
  }

  write(offset: number, from: Uint8Array): void | Promise<void> {
    const write: Write = { offset, data: new Uint8Array(from), ...this.begin() };
    this.writes.push(write);
    this.content.set(write.data, offset);
    return this.end(write, this.chance.of([0, 0.3, 1, 3]));
  }

  flush(): void | Promise<void> {
    const flush = this.begin();
    this.flushes.push(flush);
    return this.end(flush, this.chance.of([0.2, 0.5, 2, 5]));
  }

  close(): void {}

  /**
   * What a power failure at `moment` could leave, by the chance of `seed`. Writes that overlap are laid over each other in the order in
   * which they were issued; no driver has two of the same sector in flight.
   */
  imageAt(moment: number, seed: number, lies?: Lies): Uint8Array {
    const survives = survival(new Random(seed));
    const image = new Uint8Array(this.initial);
    const safe = this.safeAt(moment, lies);
    for (const { offset, data, issued, completed } of this.writes) {
      if (issued >= moment) break;
      if (completed < safe) image.set(data, offset);
      else survives(data, (from, to) => image.set(data.subarray(from, to), offset + from));
    }
    return image;
  }

  /** How many writes a power failure at `moment` could take or tear. */
  unsafeAt(moment: number): number {
    const safe = this.safeAt(moment);
    return this.writes.filter(({ issued, completed }) => issued < moment && completed >= safe).length;
  }

  /** Writes that were complete before this are safe at `moment`. */
  private safeAt(moment: number, lies: Lies = () => false): number {
    const truthful = this.flushes.filter(({ completed }, number) => completed < moment && !lies(number));
    return Math.max(0, ...truthful.map(({ issued }) => issued));
  }

  private begin(): Request {
    return { issued: this.moment++, completed: Number.POSITIVE_INFINITY };
  }

  private end(request: Request, ms: number): void | Promise<void> {
    const { later } = this.options;
    const complete = () => {
      request.completed = this.moment++;
    };
    if (later === undefined || ms === 0) return complete();
    return new Promise((done) =>
      later(ms, () => {
        complete();
        done();
      }),
    );
  }
}

type Survival = (data: Uint8Array, keep: (from: number, to: number) => void) => void;

/** How the drive dies this time: all that is unsafe lost, all kept, or each write by chance whole, gone or torn. */
function survival(chance: Random): Survival {
  const whole = chance.of([0, 20, 50, 80, 100]);
  const torn = chance.of([0, 0, 10, 50]);
  return (data, keep) => {
    if (chance.below(100) < torn) {
      for (let at = 0; at < data.length; at += SECTOR_BYTES) if (chance.once(2)) keep(at, at + SECTOR_BYTES);
    } else if (chance.below(100) < whole) {
      keep(0, data.length);
    }
  };
}
