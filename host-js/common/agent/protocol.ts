/*
 * The numbers of the protocol between host and agent, for both: the agent's build writes a C header from them (kernels/agent/header.ts).
 * docs/AGENT.md draws the protocol. Any change of meaning raises VERSION; host and agent work together only when theirs are equal.
 */

export const PROTOCOL = {
  /** First word of a hello: "coln". */
  MAGIC: 0x6e6c6f63,
  VERSION: 1,
  /**
   * Where the agent listens in the guest, and where the host waits for the agent's hello, which comes from one of the ports behind. Below 1024:
   * in the guest these are root's [linux net/vmw_vsock/af_vsock.c], so that nobody else there can pass for the agent.
   */
  PORT: 1001,
  HELLO_PORT_FIRST: 1002,
  HELLO_PORT_LAST: 1021,

  /** A frame: kind u32, bytes u32, payload. Most bytes of a request, and of the payload of every other frame. */
  HEADER_BYTES: 8,
  REQUEST_BYTES_MAX: 16 * 2 ** 20,
  FRAME_BYTES_MAX: 65536,

  // The first frame of each connection to the agent says what it is for.
  REQUEST_EXEC: 1,
  REQUEST_STREAM: 2,
  REQUEST_READ: 3,
  REQUEST_WRITE: 4,
  REQUEST_STAT: 5,
  REQUEST_LIST: 6,
  REQUEST_MKDIR: 7,
  REQUEST_REMOVE: 8,
  REQUEST_RENAME: 9,
  REQUEST_SYMLINK: 10,
  REQUEST_READLINK: 11,
  REQUEST_CHMOD: 12,
  REQUEST_WATCH: 13,

  HELLO: 32,
  // Of exec, from the agent ...
  STARTED: 33,
  FAILED: 34,
  EXITED: 35,
  // ... and from the host.
  SIGNAL: 36,
  RESIZE: 37,
  // Of files.
  DATA: 38,
  END: 39,
  RESULT: 40,
  ENTRIES: 41,
  EVENT: 42,

  /** Bits of an exec request: the program gets a terminal; it is the user's shell, started as at a login. */
  EXEC_TTY: 1,
  EXEC_LOGIN: 2,
  /** Which stream of a program a connection is. With a terminal there is STREAM_INPUT alone, for both directions. */
  STREAM_INPUT: 0,
  STREAM_OUTPUT: 1,
  STREAM_ERROR: 2,
  /** What failed when a program could not be started. */
  STAGE_USER: 1,
  STAGE_DIRECTORY: 2,
  STAGE_PROGRAM: 3,
  STAGE_RESOURCES: 4,

  /** Bits of file requests. */
  WRITE_CREATE: 1,
  WRITE_TRUNCATE: 2,
  WRITE_APPEND: 4,
  WRITE_EXCLUSIVE: 8,
  MKDIR_RECURSIVE: 1,
  REMOVE_RECURSIVE: 1,
  REMOVE_FORCE: 2,
} as const;
