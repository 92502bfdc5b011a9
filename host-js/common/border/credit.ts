/*
 * How much a sender may still have on its way to a receiver that is slower than it.
 */

export class Credit {
  private readonly waiting: (() => void)[] = [];

  constructor(private bytes: number) {}

  /** Takes `count`, and returns when sending may go on. One chunk may overdraw, so that chunks may be of any size. */
  async spend(count: number): Promise<void> {
    this.bytes -= count;
    while (this.bytes <= 0) await new Promise<void>((more) => this.waiting.push(more));
  }

  giveBack(count: number): void {
    this.bytes += count;
    for (const more of this.waiting.splice(0)) more();
  }
}
