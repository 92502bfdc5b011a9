/*
 * How long tasks tell their user what they do. A task reports *steps*, which are worth a line each, and a *status*, which
 * replaces the one before. Several tasks share one board: on a terminal their states stand side by side in a single line
 * that is rewritten in place; elsewhere each status becomes a line now and then.
 */

/** What a task reports to. */
export interface Progress {
  /** Something worth a line of its own begins or is done. */
  step(text: string): void;
  /** Where the task stands now. */
  status(text: string): void;
}

/** The part of a `WriteStream` that a board needs. */
export interface Board {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Milliseconds between two lines of status where lines cannot be rewritten. */
const QUIET_MS = 10_000;

export class ProgressBoard {
  private readonly states = new Map<string, string>();
  private drawn = "";

  constructor(
    private readonly out: Board,
    private readonly now: () => number = Date.now,
  ) {}

  /** A progress whose lines begin with `name`. */
  task(name: string): Progress {
    let quietUntil = this.now() + QUIET_MS;
    return {
      step: (text) => {
        this.states.delete(name);
        quietUntil = this.now() + QUIET_MS;
        this.line(`${name}: ${text}`);
      },
      status: (text) => {
        if (this.out.isTTY) {
          this.states.set(name, text);
          this.draw();
        } else if (this.now() >= quietUntil) {
          quietUntil = this.now() + QUIET_MS;
          this.out.write(`${name}: ${text}\n`);
        }
      },
    };
  }

  /** Writes a line above the states. */
  line(text: string): void {
    this.erase();
    this.out.write(`${text}\n`);
    this.draw();
  }

  /** Takes the states off the terminal; call it when all is done or has failed. */
  close(): void {
    this.states.clear();
    this.erase();
  }

  private erase(): void {
    if (this.drawn !== "") this.out.write("\r\x1b[K");
    this.drawn = "";
  }

  private draw(): void {
    if (!this.out.isTTY) return;
    const width = (this.out.columns ?? 80) - 1;
    const text = [...this.states]
      .map(([name, state]) => `${name}: ${state}`)
      .join("  |  ")
      .slice(0, width);
    if (text === this.drawn) return;
    this.erase();
    this.out.write(text);
    this.drawn = text;
  }
}

/** Reports to nobody. */
export const silent: Progress = { step() {}, status() {} };
