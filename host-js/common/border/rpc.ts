/*
 * The border between the thread of a guest and that of its caller: which functions each side answers to, and how they are called (birpc).
 *
 *     caller's thread                              guest's thread
 *      remote-guest.ts -- GuestFunctions --------> serve.ts
 *                      <------- CallerFunctions --
 *                      <------- StreamFunctions -> streams.ts, on both sides
 */

import { createBirpc } from "birpc";
import { ColinuxError } from "../errors.js";
import type { GuestButton } from "../guest.js";
import type { StopReason } from "../options.js";
import type { MachineStatistics } from "../statistics.js";
import { packError, type Revive, type SentError, unpackError } from "./errors.js";
import type { SentOptions } from "./options.js";
import type { StorageFunctions } from "./storage.js";
import { BorderStreams, type FarStreams } from "./streams.js";

/** One end of what connects two threads. */
export interface Endpoint {
  /** Sends a structured clone. */
  post(message: unknown): void;
  /** Called once, before anything can have come. */
  listen(receive: (message: unknown) => void): void;
}

/** The streams of the console have this number; those of connections that the caller makes are even, those of the guest's odd. */
export const CONSOLE_STREAM = 0;

/** What the guest's thread answers to. */
export interface GuestFunctions {
  /** Before `boot`: ports at which the caller takes connections of the guest. */
  listen(port: number): void;
  boot(options: SentOptions): Promise<void>;
  connect(stream: number, port: number): Promise<void>;
  /** Nobody waits for that connection any more. */
  abandon(stream: number): void;
  resize(columns: number, rows: number): void;
  kill(): void;
  reset(): void;
  bootEnded(): Promise<void>;
  press(button: GuestButton): Promise<boolean>;
  readMemory(pa: number, bytes: number): Promise<Uint8Array>;
  statistics(): Promise<MachineStatistics>;
}

/** What the caller's thread answers to. */
export interface CallerFunctions extends StorageFunctions {
  accepted(stream: number, port: number, guestPort: number): void;
  report(message: string): void;
  /** The last call. */
  stopped(reason: StopReason, statistics: MachineStatistics): void;
}

/** What a side has of the border. */
export interface Border<Far extends object> {
  readonly streams: BorderStreams;
  /** Calls a function of the other side and waits for its answer. Rejects with what it throws, and when the border is closed. */
  call<Name extends keyof Far & string>(
    name: Name,
    ...args: Far[Name] extends (...args: infer Args) => unknown ? Args : never
  ): Promise<Far[Name] extends (...args: never) => infer Result ? Awaited<Result> : never>;
  /** Calls it and does not wait. */
  tell<Name extends keyof Far & string>(
    name: Name,
    ...args: Far[Name] extends (...args: infer Args) => unknown ? Args : never
  ): void;
  /** Every call that waits, and every stream, fails with `error`. */
  close(error: Error): void;
}

/** Connects this side's functions with the other side's. */
export function openBorder<Far extends object>(endpoint: Endpoint, near: object, revive: Revive): Border<Far> {
  const unpack = (sent: SentError): Error => unpackError(sent, revive);
  const far: FarStreams = {
    data: (stream, bytes) => rpc.$call("data", stream, bytes) as Promise<void>,
    say: (what: string, ...args: unknown[]) => void rpc.$callEvent(what, ...args).catch(() => undefined),
  };
  const streams = new BorderStreams(far, unpack);
  const functions: Record<string, (...args: never[]) => unknown> = { ...near, ...streams.functions };
  const rpc = createBirpc<Record<string, (...args: unknown[]) => unknown>, typeof functions, false>(functions, {
    post: (message) => endpoint.post(message),
    on: (receive) => endpoint.listen(receive),
    bind: "functions",
    proxify: false,
    // A guest may take its time.
    timeout: -1,
    serialize: (message) => ("e" in message ? { ...message, e: packError(message.e) } : message),
    deserialize: (message) => ("e" in message ? { ...message, e: unpack(message.e) } : message),
  });
  let closed: Error | undefined;
  return {
    streams,
    call: async (name, ...args) => {
      if (closed !== undefined) throw closed;
      return rpc.$call(name, ...args) as never;
    },
    tell: (name, ...args) => void rpc.$callEvent(name, ...args).catch(() => undefined),
    close: (error) => {
      closed = error;
      rpc.$close(error);
      streams.breakAll(new ColinuxError("connection-reset", error.message, { cause: error }));
    },
  };
}
