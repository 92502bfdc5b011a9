/*
 * Ports: how devices reach the outside world.
 *
 * A backend (host-js/common/devices) speaks virtio with the guest and a port with the world; a port is a small interface that
 * host-js/node and host-js/browser implement. Results are `T | Promise<T>`: a port that has the answer gives it, one that must wait gives
 * a promise. No port assumes that it lives in the thread that runs the guest.
 */

/** Bytes that a guest sees as a disk. Offsets and lengths are in bytes; a call is one request, any number may be in flight. */
export interface Storage {
  /** Size in bytes, fixed while the storage is open. */
  readonly bytes: number;
  /** Whether the guest is told that it cannot write. */
  readonly readOnly: boolean;
  /** Fills `into` with what lies at `offset`. Rejects when the medium fails. */
  read(offset: number, into: Uint8Array): void | Promise<void>;
  /** Writes `from` at `offset`; the buffer is the caller's again when the result is there. Rejects when the medium fails. */
  write(offset: number, from: Uint8Array): void | Promise<void>;
  /** Returns when everything written before the call is on stable storage (fsync). */
  flush(): void | Promise<void>;
  /**
   * Makes `bytes` bytes at `offset` zero, where the medium can do that with less than writing them. Left out: zeroes are written. Rejects
   * when the medium fails.
   */
  writeZeroes?(offset: number, bytes: number): void | Promise<void>;
  /** A hint that nobody wants these bytes any more; what is read there next may be anything. Left out: nothing happens. */
  discard?(offset: number, bytes: number): void | Promise<void>;
  /** Nobody waits for the requests in flight any more: those that may take for ever reject. Left out: all end by themselves. */
  abandon?(): void;
  /** Releases the medium and its lock. Called once, after the last request. */
  close(): void | Promise<void>;
}

/**
 * A file that grows: a Storage in which `bytes` is the size that it has by now. A write behind its end makes it longer, and what lies
 * between the old end and the write is zeroes. The file of an overlay (common/overlay/) is one.
 */
export interface GrowingStorage extends Storage {
  /** What tells it from a disk. */
  readonly grows: true;
}

/** What a machine needs of the JavaScript runtime around it: clocks, rest and chance. One door each, so that runs can be replayed. */
export interface Environment {
  /** Monotonic time in milliseconds with a fraction, including time that the computer slept. */
  now(): number;
  /** Wall time in milliseconds since 1970. */
  wallTime(): number;
  /** Returns after the event loop has turned once: sockets, timers and input have had their chance. */
  turn(): Promise<void>;
  /** Calls `wake` once after `ms` milliseconds unless the returned function is called first. */
  after(ms: number, wake: () => void): () => void;
  /** Fills `into` with random bytes that are fit for keys. */
  random(into: Uint8Array): void;
}

/** A connection between the host and a program in the guest. Each direction ends on its own. */
export interface Duplex {
  /** What the guest sends. A reader that stops reading holds the guest's program. Errors with `connection-reset` when the connection breaks. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What is sent to the guest. A write is done when the guest has taken the bytes, up to 16 KiB that wait. Errors with `connection-reset` when it reads no more. */
  readonly writable: WritableStream<Uint8Array>;
  /** Gives up both directions at once; the guest's program notices. */
  reset(): void;
}

/** How to reach programs in the guest by port numbers, and be reached by them. */
export interface Connections {
  /** Rejects with `connection-refused` when nothing listens there, with `connection-reset` when the guest goes down, or the signal's reason. */
  connect(port: number, signal?: AbortSignal): Promise<Duplex>;
  /** Takes the guest's connections to a port of the host until the function that is returned is called. They come with the guest's port. */
  listen(port: number, accept: (connection: Duplex, guestPort: number) => void): () => void;
}
