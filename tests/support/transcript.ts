/*
 * Text that arrives piece by piece, and waiting for something in it.
 */

export class Transcript {
  text = "";
  private from = 0;
  private waiting: (() => void)[] = [];
  private ended = false;

  add(piece: string): void {
    this.text += piece;
    for (const look of this.waiting.splice(0)) look();
  }

  /** No more text will come. */
  end(): void {
    this.ended = true;
    this.add("");
  }

  /** Waits for a match behind the last one, and returns it. Rejects with the text when it does not come. */
  async expect(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.text.slice(this.from));
      if (match) {
        this.from += match.index + match[0].length;
        return match;
      }
      if (this.ended) throw new Error(`${pattern} did not come until the end after: ${this.text.slice(this.from)}`);
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(`${pattern} did not come within ${timeoutMs} ms after: ${this.text.slice(this.from)}`);
      await new Promise<void>((look) => {
        const timer = setTimeout(look, left);
        this.waiting.push(() => {
          clearTimeout(timer);
          look();
        });
      });
    }
  }
}
