/*
 * Running other programs: the few that the build needs (apt, dpkg-deb, tar, make), with their output as text. A program
 * that fails becomes a Failure which quotes what it said last. Nothing here knows what the programs are for.
 */

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Failure } from "./failure.js";

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each line of standard output as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill();
});

/** `spawn` for a child that must not outlive this process. Messages are English, whatever the user's language. */
export function start(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const env = { ...process.env, LC_ALL: "C.UTF-8", ...options.env };
  const child = spawn(program, args, { ...options, env });
  running.add(child);
  child.on("close", () => running.delete(child));
  return child;
}

/** Runs a program to its end. Rejects only when it cannot be started. */
export function attempt(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = start(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    let stdout = "";
    let stderr = "";
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const { onLine } = options;
    if (onLine !== undefined) createInterface({ input: child.stdout! }).on("line", onLine);
    child.on("error", (error: NodeJS.ErrnoException) => {
      running.delete(child);
      reject(
        error.code === "ENOENT" ? new Failure("HOST_INCOMPLETE", `The program "${program}" is not installed.`) : error,
      );
    });
    child.on("close", (status, signal) => resolve({ status: signal === null ? (status ?? 1) : 128, stdout, stderr }));
  });
}

/** Runs a program that must succeed and returns its standard output. */
export async function run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await attempt(program, args, options);
  if (status === 0) return stdout;
  const last = (stderr.trim() || stdout.trim()).split("\n").at(-1) ?? "";
  throw new Failure("COMMAND_FAILED", `"${[program, ...args].join(" ")}" failed with status ${status}: ${last}`);
}
