/*
 * The text that screen readers see. xterm.js lays each of its lines out anew whenever the screen changes, which is what a page's thread is busy with when much
 * is said; and nobody can be read that to. So it is put away while output comes fast, and is back, whole, when it rests.
 */

/** More than this without a rest is more than can be read out: two screens. */
const FAST_BYTES = 4096;
const REST_MS = 300;

export class Reading {
  readonly #show: (shown: boolean) => void;
  #bytes = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  /** `show` puts the text there, or away. */
  constructor(show: (shown: boolean) => void) {
    this.#show = show;
  }

  /** So much is about to be shown. */
  said(bytes: number): void {
    const fast = this.#bytes > FAST_BYTES;
    this.#bytes += bytes;
    if (!fast && this.#bytes > FAST_BYTES) this.#show(false);
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#rested(), REST_MS);
  }

  #rested(): void {
    const fast = this.#bytes > FAST_BYTES;
    this.#bytes = 0;
    if (fast) this.#show(true);
  }
}
