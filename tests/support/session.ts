/*
 * The built command with its input and output in the test's hands: a session with the embedded guest that goes on while the test looks.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { CLI, type Outcome } from "./command.js";
import { endWithFile } from "./leftovers.js";
import { Transcript } from "./transcript.js";

export const PROMPT = /# /;
const CLOCK_TICKS_PER_SECOND = 100;

export class Session {
  readonly out = new Transcript();
  readonly err = new Transcript();
  readonly ended: Promise<Outcome>;
  readonly process: ChildProcess;

  constructor(args: readonly string[] = [], node = process.execPath, env: NodeJS.ProcessEnv = {}) {
    this.process = spawn(node, [CLI, ...args], { stdio: "pipe", cwd: "/", env: { ...process.env, ...env } });
    endWithFile(this.process);
    this.process.stdout!.setEncoding("utf8").on("data", (text: string) => this.out.add(text));
    this.process.stderr!.setEncoding("utf8").on("data", (text: string) => this.err.add(text));
    this.process.stdin!.on("error", () => undefined);
    this.ended = new Promise((done) => {
      this.process.on("close", (code, signal) => {
        this.out.end();
        this.err.end();
        done({ code, signal, stdout: this.out.text, stderr: this.err.text });
      });
    });
  }

  /** A session at its first prompt. */
  static async atPrompt(
    args: readonly string[] = [],
    node = process.execPath,
    env: NodeJS.ProcessEnv = {},
  ): Promise<Session> {
    const session = new Session(args, node, env);
    await session.out.expect(PROMPT);
    return session;
  }

  type(text: string): void {
    this.process.stdin!.write(text);
  }

  /** Runs a command line in the guest and returns what it printed. Fails when its exit status is not 0. */
  async run(command: string, timeoutMs = 20_000): Promise<string> {
    // What the shell echoes while this is typed holds neither mark, however it breaks the line.
    this.type(`echo "<$((1))>"; ${command}; echo "=$?="\n`);
    const [, text, status] = await this.out.expect(/<1>\r*\n([\s\S]*?)=(\d+)=\r*\n/, timeoutMs);
    if (status !== "0") throw new Error(`"${command}" ended with ${status}: ${text}`);
    return text!.replaceAll("\r", "");
  }

  /** Types `poweroff` and waits for the end. */
  async powerOff(timeoutMs = 60_000): Promise<Outcome> {
    this.type("poweroff\n");
    const late = setTimeout(() => this.process.kill("SIGKILL"), timeoutMs);
    const outcome = await this.ended;
    clearTimeout(late);
    if (outcome.signal === "SIGKILL") throw new Error(`no end within ${timeoutMs} ms: ${outcome.stdout.slice(-2000)}`);
    return outcome;
  }

  /** Seconds of processor time that the command has used so far. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.process.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
  }
}
