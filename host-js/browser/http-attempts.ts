/*
 * Requests that are tried again when the network fails (http-range.ts): what may pass, how long to wait, and when an answer counts as lost.
 */

import { messageOf } from "../common/errors.js";

/** Why another attempt may help. */
export class PassingFailure extends Error {}

/** How often something is tried. */
export interface Patience {
  /** Waits in milliseconds before the attempts that follow the first. */
  readonly waits: Iterable<number>;
  /** Ends the waiting, and with it the attempts. */
  readonly signal: AbortSignal;
  /** Told of each failure after which there is another attempt. */
  failed?(failure: PassingFailure): void;
  /** What to throw when there was no attempt left. */
  givenUp(failure: PassingFailure): Error;
}

/** Calls `act` until it succeeds, fails for good, or there was no attempt left. */
export async function attempts<T>({ waits, signal, failed, givenUp }: Patience, act: () => Promise<T>): Promise<T> {
  const waiting = waits[Symbol.iterator]();
  for (;;) {
    try {
      return await act();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PassingFailure)) throw error;
      const { done, value } = waiting.next();
      if (done) throw givenUp(error);
      failed?.(error);
      await onlineOr(value, signal);
    }
  }
}

/**
 * One request and its answer, given up when nothing came for `stalledMs`: it will not come any more then, as after a sleep of the computer, or a change of
 * networks.
 */
export class Attempt {
  private readonly lost = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly signal: AbortSignal;

  constructor(
    signal: AbortSignal,
    private readonly stalledMs: number,
  ) {
    this.signal = AbortSignal.any([signal, this.lost.signal]);
  }

  /** Rejects with PassingFailure when the network fails. */
  async request(address: string, init: RequestInit): Promise<Response> {
    this.wait();
    return passing(fetch(address, { ...init, signal: this.signal }));
  }

  /** What comes of the answer, piece by piece. Throws PassingFailure when it breaks off. */
  async *parts({ body }: Response): AsyncGenerator<Uint8Array> {
    const reader = body!.getReader();
    for (;;) {
      const { done, value } = await passing(reader.read());
      if (done) return;
      this.wait();
      yield value;
    }
  }

  /** The rest is not wanted. */
  end(): void {
    clearTimeout(this.timer);
    this.lost.abort();
  }

  private wait(): void {
    clearTimeout(this.timer);
    const { stalledMs } = this;
    const stalled = new Error(`nothing came for ${stalledMs / 1000} s`);
    this.timer = setTimeout(() => this.lost.abort(stalled), stalledMs);
  }
}

function passing<T>(coming: Promise<T>): Promise<T> {
  return coming.catch((error: unknown) => {
    throw new PassingFailure(messageOf(error), { cause: error });
  });
}

/** Ends early when the network comes back, or nobody waits any more. */
function onlineOr(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done, abandoned) => {
    const end = (): void => {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      if (signal.aborted) abandoned(signal.reason);
      else done();
    };
    const timer = setTimeout(end, ms);
    addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}
