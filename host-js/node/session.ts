/*
 * A machine and the user in front of it: console, keys, window and signals, until something ends it.
 *
 * The first of these does: the guest stopped, the user left (Ctrl-A x), stdout was closed, the input ended and the guest went on for too
 * long, a signal came. The machine is stopped then if it still runs, so that its disks are closed in order.
 */

import type { Machine, StopReason } from "../common/index.js";
import { passKeys, passPipe } from "./console-input.js";
import { EscapeKeys } from "./escape-keys.js";
import { KEYS_HELP } from "./help.js";
import type { Terminal } from "./terminal.js";

/** How long the guest may go on after its input ended. */
export const AFTER_INPUT_MS = 10_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
/** How stdout ends before the guest does: a pipe that nobody reads any more, a terminal whose window was closed. */
const OUTPUT_ENDS: Readonly<Record<string, SessionEnd>> = {
  EPIPE: { kind: "outputClosed" },
  EIO: { kind: "signal", signal: "SIGHUP" },
};

export interface SessionOptions {
  /** Whether the console takes the size of the window when that changes. */
  readonly followWindow: boolean;
  /** Whether the guest may go on for ever after its input ended: a bare program may never look at it. */
  readonly outlivesInput: boolean;
}

export type SessionEnd =
  | { readonly kind: "stopped"; readonly reason: StopReason }
  | { readonly kind: "left" }
  | { readonly kind: "outputClosed" }
  | { readonly kind: "stillRunning" }
  | { readonly kind: "signal"; readonly signal: NodeJS.Signals };

/** Runs until the session ends; the machine has stopped and its last words are written when this returns. */
export async function runSession(
  machine: Machine,
  terminal: Terminal | undefined,
  options: SessionOptions,
): Promise<SessionEnd> {
  const over = new AbortController();
  const shown = showOutput(machine);
  if (options.followWindow) terminal?.onResize(({ columns, rows }) => machine.console.resize(columns, rows));
  const end = await Promise.race([
    machine.stopped.then((reason): SessionEnd => ({ kind: "stopped", reason })),
    shown.then((early): SessionEnd | Promise<never> => early ?? forever()),
    takeInput(machine, terminal, over.signal, options.outlivesInput),
    nextSignal(over.signal),
  ]);
  over.abort();
  if (end.kind !== "stopped") machine.kill();
  await machine.stopped;
  await shown;
  return end;
}

/** Writes what the guest says to stdout, no faster than it is taken. Undefined when all was written, else how stdout ended before. */
async function showOutput(machine: Machine): Promise<SessionEnd | undefined> {
  const closed = new Promise<SessionEnd>((done, fail) => {
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      const end = OUTPUT_ENDS[error.code ?? ""];
      if (end) done(end);
      else fail(error);
    });
  });
  const copy = async () => {
    for await (const text of machine.console.output as AsyncIterable<Uint8Array>) {
      if (!process.stdout.write(text)) await new Promise((taken) => process.stdout.once("drain", taken));
    }
    await new Promise<void>((written) => process.stdout.write("", () => written()));
    return undefined;
  };
  return Promise.race([copy(), closed]);
}

/** Passes input on. Settles when that ends the session: the user left, or the guest is still there too long after the input ended. */
async function takeInput(
  machine: Machine,
  terminal: Terminal | undefined,
  over: AbortSignal,
  outlivesInput: boolean,
): Promise<SessionEnd> {
  const to = machine.console.input.getWriter();
  to.closed.catch(() => undefined);
  if (!terminal) {
    over.addEventListener("abort", () => process.stdin.destroy());
    await passPipe(process.stdin, to, over).catch(forever);
    if (outlivesInput) return forever();
    await new Promise((later) => setTimeout(later, AFTER_INPUT_MS));
    return { kind: "stillRunning" };
  }
  return new Promise((leave) => {
    const keys = new EscapeKeys((action) => {
      if (action === "leave") leave({ kind: "left" });
      else if (action === "restart") void machine.restart();
      else process.stderr.write(KEYS_HELP);
    });
    passKeys(process.stdin, keys, to);
    terminal.enterRaw();
  });
}

/** A second signal of the same kind, while the machine is being stopped, ends the process as it would any other. */
function nextSignal(over: AbortSignal): Promise<SessionEnd> {
  return new Promise((done) => {
    for (const signal of SIGNALS) {
      const listener = () => done({ kind: "signal", signal });
      process.once(signal, listener);
      over.addEventListener("abort", () => process.removeListener(signal, listener));
    }
  });
}

function forever(): Promise<never> {
  return new Promise(() => undefined);
}
