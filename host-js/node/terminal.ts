/*
 * The user's terminal while a guest has it: raw keys, window size, and everything put back on every way out.
 *
 * `restore` may be called at any time and any number of times; it also runs when the process exits, however that came about. After
 * SIGCONT the terminal is made raw again, because the shell that had it meanwhile set it to its own liking.
 */

import type { ReadStream, WriteStream } from "node:tty";

/** A guest may die with a full-screen program running: normal screen, cursor shown, no mouse, no bracketed paste, plain colours. */
const CALM = "\x1b[?1047l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>\x1b[0m";

export interface ConsoleSize {
  readonly columns: number;
  readonly rows: number;
}

export class Terminal {
  private raw = false;
  private readonly restoreAtExit = () => this.restore();
  private readonly rawAgain = () => {
    // Node remembers the mode and does nothing when it stays the same, so it is changed twice.
    this.input.setRawMode(false);
    this.setRaw();
  };

  constructor(
    private readonly input: ReadStream,
    private readonly output: WriteStream | undefined,
  ) {}

  /** The terminal of this process; undefined when its input comes from elsewhere. */
  static ofProcess(): Terminal | undefined {
    if (!process.stdin.isTTY) return undefined;
    return new Terminal(
      process.stdin,
      [process.stdout, process.stderr].find((stream) => stream.isTTY),
    );
  }

  enterRaw(): void {
    // A terminal whose window is closed fails later than the call that used it; the session ends for that reason by itself.
    for (const stream of [this.input, this.output]) stream?.on("error", () => undefined);
    this.raw = true;
    this.setRaw();
    process.on("exit", this.restoreAtExit);
    process.on("SIGCONT", this.rawAgain);
  }

  restore(): void {
    if (!this.raw) return;
    this.raw = false;
    process.removeListener("exit", this.restoreAtExit);
    process.removeListener("SIGCONT", this.rawAgain);
    try {
      this.input.setRawMode(false);
      this.output?.write(CALM);
    } catch {
      // The terminal is gone (its window was closed): nothing is left to restore.
    }
  }

  /**
   * Node's raw mode still makes two characters of each line feed on output, which breaks full-screen programs: the guest's own terminal
   * has seen to that already. There is `stty` for it wherever there is a terminal that does so.
   */
  private setRaw(): void {
    this.input.setRawMode(true);
    if (process.platform === "win32") return;
    void import("node:child_process").then(({ spawn }) => {
      if (this.raw) spawn("stty", ["-opost"], { stdio: ["inherit", "ignore", "ignore"] }).on("error", () => undefined);
    });
  }

  /** Size of the window, where it is known. */
  size(): ConsoleSize | undefined {
    return this.output && this.output.columns > 0
      ? { columns: this.output.columns, rows: this.output.rows }
      : undefined;
  }

  onResize(call: (size: ConsoleSize) => void): void {
    this.output?.on("resize", () => {
      const size = this.size();
      if (size) call(size);
    });
  }
}
