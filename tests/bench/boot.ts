/*
 * The group boot: from the start of the process to the prompt of the embedded guest's shell.
 */

import { Machine, type Start } from "./machine.js";

const PROMPT = /@\S+:.*# $/;

/** Starts a machine, waits for its prompt, ends it. Returns seconds. */
export async function timeBoot(name: string, start: Start): Promise<number> {
  const machine = new Machine(name, start);
  try {
    return (await machine.showed(PROMPT)) / 1000;
  } finally {
    await machine.kill();
  }
}
