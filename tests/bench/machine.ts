/*
 * A process that is a machine with a Linux in it: started, talked to on its console, and killed.
 *
 * Its input stays open. Times are those at which text arrived here; nothing else is done meanwhile, so they are those at which it was
 * written, to a fraction of a millisecond.
 */

import type { ChildProcess } from "node:child_process";
import { start } from "../../kernels/command.js";
import { endsReply, type Line, LineCutter, type Reply, readReply } from "./lines.js";

/** How to start a machine. */
export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The machine did not do what it should; the message says which and quotes its last words. */
export class MachineFailure extends Error {
  override readonly name = "MachineFailure";
}

/** A program that takes longer is taken for hung. */
const REPLY_MS_MAX = 10 * 60_000;
const LAST_WORDS = 500;

export class Machine {
  readonly startedAt = performance.now();
  private readonly process: ChildProcess;
  private readonly cutter = new LineCutter();
  private readonly lines: Line[] = [];
  private errors = "";
  private heard = "";
  /** Set when the process is gone. */
  private end: string | undefined;
  private look: () => void = () => {};

  constructor(
    readonly name: string,
    { command, args, env }: Start,
  ) {
    this.process = start(command, args, { stdio: "pipe", env });
    this.process.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.lines.push(...this.cutter.add(text, performance.now()));
      this.heard = (this.heard + text).slice(-LAST_WORDS);
      this.look();
    });
    this.process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.errors = (this.errors + text).slice(-LAST_WORDS);
    });
    this.process.stdin!.on("error", () => undefined);
    this.process.on("error", (error) => this.ended(`did not start: ${error.message}`));
    this.process.on("close", (code, signal) => this.ended(`ended with ${signal ?? `exit code ${code}`}`));
  }

  /** Waits until the guest's first program takes commands. */
  async ready(): Promise<void> {
    await this.reply("its start");
  }

  /** Runs a command line in the guest. Rejects with `MachineFailure` when its status is not 0. */
  async run(command: string): Promise<Reply> {
    this.process.stdin!.write(`${command}\n`);
    const reply = await this.reply(`"${command}"`);
    if (reply.status === 0) return reply;
    throw this.failure(`"${command}" ended with status ${reply.status}`);
  }

  /** Milliseconds from the start of the process until the console shows `pattern`, which may be in an unfinished line. */
  async showed(pattern: RegExp): Promise<number> {
    await this.until(() => pattern.test(this.heard), `${pattern}`);
    return performance.now() - this.startedAt;
  }

  /** Ends the process and waits for its end. */
  async kill(): Promise<void> {
    if (this.end !== undefined) return;
    const gone = new Promise((done) => this.process.on("close", done));
    this.process.kill();
    await gone;
  }

  private async reply(what: string): Promise<Reply> {
    const end = () => this.lines.findIndex(({ text }) => endsReply(text));
    await this.until(() => end() >= 0, what);
    return readReply(this.lines.splice(0, end() + 1));
  }

  private async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + REPLY_MS_MAX;
    while (!condition()) {
      if (this.end !== undefined) throw this.failure(`${this.end} during ${what}`);
      const left = deadline - performance.now();
      if (left <= 0) throw this.failure(`said nothing for ${REPLY_MS_MAX / 60_000} minutes during ${what}`);
      await new Promise<void>((done) => {
        const timer = setTimeout(done, left);
        this.look = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
  }

  private ended(how: string): void {
    this.end ??= how;
    this.look();
  }

  private failure(what: string): MachineFailure {
    const words = `${this.heard}\n${this.errors}`.trim();
    return new MachineFailure(`${this.name}: ${what}.${words === "" ? "" : ` Its last words:\n${words}`}`);
  }
}
