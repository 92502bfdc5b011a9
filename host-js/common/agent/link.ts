/*
 * Whether the guest has an agent. An agent opens a connection, says hello, and keeps it open as long as it lives:
 *
 *     missing -- hello --> ready             the connection's end leads back, as at a reboot
 *     missing -- hello of another version --> foreign
 *     any     -- the machine stops --> stopped
 */

import { ColinuxError } from "../errors.js";
import type { Connections, Duplex } from "../ports.js";
import { PROTOCOL } from "./protocol.js";
import { Fields, FrameReader, Payload, send } from "./wire.js";

const { MAGIC, VERSION, PORT, HELLO_PORT_FIRST, HELLO_PORT_LAST, HELLO } = PROTOCOL;

/** How long to wait for the agent, in milliseconds, when the caller does not say. */
export const READY_MS = 60_000;

/** Between trials to reach an agent that takes no connection, in milliseconds: at first, and at most. */
const RETRY_MS = 10;
const RETRY_MS_MAX = 1000;

/** How long to wait for the guest, and how to stop waiting. */
export interface Waiting {
  /** Ends it with `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the guest's agent, in milliseconds; then `agent-missing`. Infinity = as long as the guest runs. Default 60 s. */
  readonly readyTimeout?: number | undefined;
}

/** Somebody who waits for the agent. */
interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

export class AgentLink {
  readonly #connections: Connections;
  readonly #after: (ms: number, wake: () => void) => () => void;
  readonly #onReady: () => void;
  readonly #waiters = new Set<Waiter>();
  /** The connection of the agent that is there. */
  #present: Duplex | undefined;
  /** Why there will be none, for now or for ever. */
  #refusal: ColinuxError | undefined;

  /** `after` is a timer; `onReady` is called each time that an agent has said hello. */
  constructor(connections: Connections, after: (ms: number, wake: () => void) => () => void, onReady: () => void) {
    this.#connections = connections;
    this.#after = after;
    this.#onReady = onReady;
    connections.listen(PORT, (connection, guestPort) => {
      // From any other port it is not root's.
      if (guestPort >= HELLO_PORT_FIRST && guestPort <= HELLO_PORT_LAST) void this.#greet(connection);
      else connection.reset();
    });
  }

  /** Resolves when the agent is there. Rejects with `agent-missing`, `agent-version` or `aborted`. */
  ready({ signal, readyTimeout = READY_MS }: Waiting = {}): Promise<void> {
    if (signal?.aborted) return Promise.reject(aborted(signal));
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    if (this.#present !== undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener("abort", abort);
        cancel?.();
      };
      const waiter: Waiter = {
        resolve: () => {
          end();
          resolve();
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      const abort = (): void => waiter.reject(aborted(signal!));
      const late = (): void => waiter.reject(missing(readyTimeout));
      const cancel = readyTimeout === Number.POSITIVE_INFINITY ? undefined : this.#after(readyTimeout, late);
      signal?.addEventListener("abort", abort);
      this.#waiters.add(waiter);
    });
  }

  /**
   * A connection to the agent, when it is there. One that takes none is on its way out, or has more to do than it can queue; it is tried again
   * for as long as `ready` waits. Rejects as `ready` does, and with what the connection fails with.
   */
  async connect(options: Waiting): Promise<Duplex> {
    const { signal, readyTimeout = READY_MS } = options;
    let waited = 0;
    for (let ms = RETRY_MS; ; ms = Math.min(2 * ms, RETRY_MS_MAX)) {
      await this.ready(options);
      try {
        return await this.#connections.connect(PORT, signal);
      } catch (error) {
        const refused = error instanceof ColinuxError && error.code === "connection-refused";
        if (!refused || waited >= readyTimeout) throw error;
      }
      await this.#rest(ms, signal);
      waited += ms;
    }
  }

  /** Returns after `ms` milliseconds, or when it is aborted. */
  async #rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
    let end = (): void => undefined;
    await new Promise<void>((resolve) => {
      const cancel = this.#after(ms, resolve);
      end = () => {
        cancel();
        resolve();
      };
      signal?.addEventListener("abort", end);
    });
    signal?.removeEventListener("abort", end);
  }

  /** The machine has stopped: nobody needs to wait any more. */
  stop(): void {
    this.#refuse(new ColinuxError("agent-missing", "The guest has stopped."));
  }

  async #greet(connection: Duplex): Promise<void> {
    const frames = new FrameReader(connection.readable);
    let refusal: ColinuxError | undefined;
    try {
      const hello = await frames.next();
      if (hello?.kind !== HELLO) return connection.reset();
      const fields = new Fields(hello.payload);
      const magic = fields.u32();
      const version = fields.u32();
      if (magic !== MAGIC) return connection.reset();
      await send(connection, new Payload().u32(MAGIC).u32(VERSION).frame(HELLO));
      if (version !== VERSION) refusal = foreign(version);
      this.#present = connection;
      if (refusal === undefined) this.#welcome();
      else this.#refuse(refusal);
      // It says no more; the connection ends with the agent.
      while ((await frames.next()) !== undefined);
    } catch {
      // The guest went down.
    }
    connection.reset();
    if (this.#present !== connection) return;
    this.#present = undefined;
    if (this.#refusal === refusal) this.#refusal = undefined;
  }

  #welcome(): void {
    this.#refusal = undefined;
    for (const waiter of [...this.#waiters]) waiter.resolve();
    this.#onReady();
  }

  #refuse(refusal: ColinuxError): void {
    this.#refusal = refusal;
    for (const waiter of [...this.#waiters]) waiter.reject(refusal);
  }
}

export function aborted(signal: AbortSignal): ColinuxError {
  return new ColinuxError("aborted", "It was aborted.", { cause: signal.reason });
}

function missing(ms: number): ColinuxError {
  return new ColinuxError(
    "agent-missing",
    `No agent of colinux has said hello in this guest within ${ms / 1000} s. The small system that comes with colinux and images of "colinux create" ` +
      "have one; in another guest, see whether colinux-agent runs and whether the kernel has virtio sockets (vmw_vsock_virtio_transport).",
  );
}

function foreign(version: number): ColinuxError {
  return new ColinuxError(
    "agent-version",
    `The guest's agent speaks version ${version} of the protocol, this colinux speaks ${VERSION}. Put the agent of this colinux into the guest.`,
  );
}
