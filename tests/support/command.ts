/*
 * Runs the built command `colinux` as a shell would, and gives back all that came of it.
 */

import { type SpawnOptions, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What package.json names as `bin`. */
export const CLI = fileURLToPath(new URL("../../dist/host-js/node/colinux.js", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions extends SpawnOptions {
  /** What is piped in; the pipe is closed after it. Default nothing. */
  readonly input?: string;
  /** The Node that runs the command; default this one. */
  readonly node?: string;
}

export function colinux(
  args: readonly string[],
  { input = "", node = process.execPath, ...options }: CommandOptions = {},
): Promise<Outcome> {
  const child = spawn(node, [CLI, ...args], { ...options, stdio: "pipe" });
  let stdout = "";
  let stderr = "";
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin!.on("error", () => undefined);
  child.stdin!.end(input);
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code, signal) => done({ code, signal, stdout, stderr }));
  });
}
