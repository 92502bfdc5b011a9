/*
 * A program in a pseudo terminal, through pty.py: type, resize, look at what came.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { endWithFile } from "./leftovers.js";
import { Transcript } from "./transcript.js";

const PTY = fileURLToPath(new URL("./pty.py", import.meta.url));

export interface TerminalEnd {
  /** Exit code, negative for a signal. */
  readonly exit: number;
  /** Whether the terminal's settings were as before. */
  readonly restored: boolean;
}

type Report = { output?: string; mode?: { echo: boolean; canonical: boolean } } & Partial<TerminalEnd>;

export class TestTerminal {
  readonly screen = new Transcript();
  readonly end: Promise<TerminalEnd>;
  private readonly child: ChildProcess;
  private gotMode: (mode: { echo: boolean; canonical: boolean }) => void = () => {};

  constructor(
    command: readonly string[],
    size: readonly [columns: number, rows: number] = [80, 24],
    env: NodeJS.ProcessEnv = {},
  ) {
    const args = [PTY, ...size.map(String), ...command];
    this.child = spawn("python3", args, {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, TERM: "xterm-256color", ...env },
    });
    endWithFile(this.child);
    this.end = new Promise((done) => {
      createInterface({ input: this.child.stdout! }).on("line", (line) => {
        const report = JSON.parse(line) as Report;
        if (report.output !== undefined) this.screen.add(report.output);
        if (report.mode) this.gotMode(report.mode);
        if (report.exit !== undefined) done({ exit: report.exit, restored: report.restored! });
      });
    });
  }

  type(keys: string): void {
    this.order({ type: keys });
  }

  resize(columns: number, rows: number): void {
    this.order({ resize: [columns, rows] });
  }

  signal(number: number): void {
    this.order({ signal: number });
  }

  /** Closes the window. */
  close(): void {
    this.order({ close: true });
  }

  mode(): Promise<{ echo: boolean; canonical: boolean }> {
    return new Promise((got) => {
      this.gotMode = got;
      this.order({ mode: true });
    });
  }

  private order(order: object): void {
    this.child.stdin!.write(`${JSON.stringify(order)}\n`);
  }
}
