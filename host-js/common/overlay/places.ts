/*
 * Which places of an overlay file are taken: one bit each, in memory only, and found again from the map at opening.
 *
 * A place that its cluster gave up may be taken again when the map that says so is safe, and not before: until then a power failure
 * brings the old map back, which must find the old data.
 */

const FIRST_BITS = 1 << 12;

export class Places {
  private taken = new Uint32Array(FIRST_BITS / 32);
  /** No place below is free. */
  private lowest = 0;
  private givenUp: number[] = [];

  isTaken(place: number): boolean {
    return ((this.taken[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0;
  }

  take(place: number): void {
    const word = place >>> 5;
    if (word >= this.taken.length) {
      const larger = new Uint32Array(Math.max(word + 1, this.taken.length * 2));
      larger.set(this.taken);
      this.taken = larger;
    }
    this.taken[word]! |= 1 << (place & 31);
  }

  /** Takes the first free place. */
  takeFree(): number {
    let place = this.lowest;
    while (this.isTaken(place)) place += this.taken[place >>> 5] === 0xffff_ffff ? 32 - (place & 31) : 1;
    this.take(place);
    this.lowest = place + 1;
    return place;
  }

  /** The place is free once `free` was called with what `takeGivenUp` returned after this. */
  giveUp(place: number): void {
    this.givenUp.push(place);
  }

  takeGivenUp(): number[] {
    const places = this.givenUp;
    this.givenUp = [];
    return places;
  }

  /** For places from `takeGivenUp` when the map did not get into the file. */
  putBack(places: readonly number[]): void {
    this.givenUp.push(...places);
  }

  free(places: readonly number[]): void {
    for (const place of places) {
      this.taken[place >>> 5]! &= ~(1 << (place & 31));
      this.lowest = Math.min(this.lowest, place);
    }
  }
}
