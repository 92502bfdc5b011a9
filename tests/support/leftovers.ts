/*
 * Processes that a failed test left running are ended with its file: they would keep the test runner from ending, and disks in use.
 */

import type { ChildProcess } from "node:child_process";
import { afterAll } from "vitest";

const started: ChildProcess[] = [];

afterAll(() => {
  for (const child of started) child.kill("SIGKILL");
});

export function endWithFile(child: ChildProcess): void {
  started.push(child);
}
