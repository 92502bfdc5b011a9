/*
 * Requests that touch the same clusters, one after the other in the order in which they came; readers together.
 *
 * A driver has no two writes of the same sector in flight, but may well have two of neighbours in one block, and a guest may do anything:
 * what it does at once must never let data get into a place that belongs to another cluster by then.
 */

interface InFlight {
  readonly first: number;
  readonly last: number;
  readonly exclusive: boolean;
  readonly ended: Promise<unknown>;
}

export class RangeOrder {
  private readonly inFlight = new Set<InFlight>();

  /** Calls `act` for clusters `first` to `last` when no earlier request is in its way: at once, if there is none. */
  run(first: number, last: number, exclusive: boolean, act: () => void | Promise<void>): void | Promise<void> {
    const before = [...this.inFlight].filter(
      (other) => first <= other.last && other.first <= last && (exclusive || other.exclusive),
    );
    const done = before.length === 0 ? act() : Promise.all(before.map(({ ended }) => ended)).then(act);
    if (done === undefined) return;
    const request: InFlight = { first, last, exclusive, ended: done.catch(() => undefined) };
    this.inFlight.add(request);
    return done.finally(() => this.inFlight.delete(request));
  }
}
