/*
 * Programs in the guest. One connection carries the request, start, signals and exit; each stream has one of its own, so that the credit of
 * connections is the back-pressure of streams and their half-close is end of file. All are opened at once (docs/AGENT.md).
 */

import { ColinuxError, GuestError } from "../errors.js";
import type { Duplex } from "../ports.js";
import { type AgentLink, aborted, type Waiting } from "./link.js";
import { errnoName, signalName, signalNumber } from "./numbers.js";
import { PROTOCOL } from "./protocol.js";
import { Fields, FrameReader, lost, nonsense, Payload, send } from "./wire.js";

const {
  REQUEST_BYTES_MAX,
  REQUEST_EXEC,
  REQUEST_STREAM,
  STARTED,
  FAILED,
  EXITED,
  SIGNAL,
  RESIZE,
  EXEC_TTY,
  EXEC_LOGIN,
  STREAM_INPUT,
  STREAM_OUTPUT,
  STREAM_ERROR,
  STAGE_USER,
  STAGE_DIRECTORY,
  STAGE_PROGRAM,
} = PROTOCOL;

const COLUMNS = 80;
const ROWS = 24;
const SIZE_MAX = 65535;

/** The size of a terminal in characters, 1 to 65535 each. */
export interface TerminalSize {
  /** Characters in a line. */
  readonly columns: number;
  /** Lines. */
  readonly rows: number;
}

/** How a program is run. */
export interface ExecOptions extends Waiting {
  /** Where it starts. Default: the user's home. */
  readonly cwd?: string | undefined;
  /** Variables beside PATH, HOME, USER, LOGNAME, SHELL and, with a terminal, TERM; the same name wins over those. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Name or number of the user. Default root. */
  readonly user?: string | number | undefined;
  /** Standard input, to its end. Without it, `stdin` is the caller's to write and to close. */
  readonly stdin?: string | Uint8Array | ReadableStream<Uint8Array> | undefined;
  /** Gives the program a terminal, of 80 x 24 characters unless said otherwise; what it says to stderr then comes in stdout. */
  readonly tty?: boolean | TerminalSize | undefined;
}

/** How a program ended: by itself, or by a signal. */
export type Exit = ExitByItself | ExitBySignal;

/** A program that ended by itself. */
export interface ExitByItself {
  /** Its exit code, 0 to 255. */
  readonly code: number;
  /** None. */
  readonly signal?: undefined;
}

/** A program that was ended. */
export interface ExitBySignal {
  /** None. */
  readonly code?: undefined;
  /** The signal's name, such as "SIGKILL". */
  readonly signal: string;
}

/** What a program said, and how it ended. */
export type ProcessOutput = Exit & Outputs;

/** All of a program's output. */
export interface Outputs {
  /** Of its standard output. */
  readonly stdout: Uint8Array;
  /** Of its standard error. */
  readonly stderr: Uint8Array;
}

/** A program that runs, or ran, in the guest. */
export interface GuestProcess {
  /** In the guest. */
  readonly pid: number;
  /** Closing it is the end of the program's input; with a terminal, ^D. Errors with `connection-reset` when the program reads no more. */
  readonly stdin: WritableStream<Uint8Array>;
  /** A reader that does not read holds the program. Cancelling it is a closed pipe to the program. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** Empty with a terminal. */
  readonly stderr: ReadableStream<Uint8Array>;
  /**
   * How it ended; the streams may go on, as long as its children write. Rejects with `aborted`, and with `agent-lost` when the guest or its
   * agent went away before.
   */
  readonly exited: Promise<Exit>;
  /** Sends a signal to its process group, SIGTERM by default; nothing happens after the exit. Rejects with `exec-argument`. */
  kill(signal?: string | number): Promise<void>;
  /** Tells its terminal a new size. Rejects with `console-size`. */
  resize(columns: number, rows: number): Promise<void>;
  /** Collects both outputs to their ends, and the exit. Ends the input, unless it is in use. */
  output(): Promise<ProcessOutput>;
}

/** Random bytes that tie the connections of a program together. */
type Random = (into: Uint8Array) => void;

/**
 * Starts a program; an empty `argv` means the user's login shell. Resolves when it runs. Rejects with `exec-failed`, `exec-argument`,
 * `agent-missing`, `agent-version`, `agent-lost` or `aborted`.
 */
export async function startProcess(
  link: AgentLink,
  random: Random,
  argv: readonly string[],
  options: ExecOptions,
): Promise<GuestProcess> {
  const { signal, tty = false } = options;
  const token = new Uint8Array(8);
  random(token);
  const request = requestOf(token, argv, options);
  await link.ready(options);

  const connections: Duplex[] = [];
  let given = false;
  const giveUp = (): void => {
    given = true;
    for (const connection of connections) connection.reset();
  };
  const open = async (first: Uint8Array): Promise<Duplex> => {
    const connection = await link.connect(options);
    connections.push(connection);
    // One that comes when another has failed.
    if (given) connection.reset();
    await send(connection, first);
    return connection;
  };
  const stream = (index: number) => open(new Payload().bytes(token).u32(index).frame(REQUEST_STREAM));
  const indices = tty === false ? [STREAM_INPUT, STREAM_OUTPUT, STREAM_ERROR] : [STREAM_INPUT];
  const opening = Promise.all([open(request), ...indices.map(stream)]);
  signal?.addEventListener("abort", giveUp);
  try {
    const [control, input, output, error] = await opening;
    const frames = new FrameReader(control!.readable);
    const pid = await started(frames, argv, options);
    return new RunningProcess(pid, { control: control!, input: input!, output, error }, frames, options);
  } catch (error) {
    giveUp();
    if (signal?.aborted) throw aborted(signal);
    if (error instanceof ColinuxError && !error.code.startsWith("connection-")) throw error;
    throw lost(error);
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

function requestOf(token: Uint8Array, argv: readonly string[], options: ExecOptions): Uint8Array {
  const { cwd = "", env = {}, user = "", tty = false } = options;
  const { columns, rows } = typeof tty === "object" ? tty : { columns: COLUMNS, rows: ROWS };
  checkSize(columns, rows);
  const flags = (tty === false ? 0 : EXEC_TTY) | (argv.length === 0 ? EXEC_LOGIN : 0);
  const payload = new Payload().bytes(token).u32(flags).u32(columns).u32(rows).string(String(user)).string(cwd);
  payload.u32(argv.length);
  for (const word of argv) payload.string(word);
  const variables = Object.entries(env);
  payload.u32(variables.length);
  for (const [name, value] of variables) {
    if (name === "" || name.includes("=")) {
      throw new ColinuxError("exec-argument", `"${name}" cannot be the name of a variable.`);
    }
    payload.string(`${name}=${value}`);
  }
  const frame = payload.frame(REQUEST_EXEC);
  if (frame.length <= REQUEST_BYTES_MAX) return frame;
  // The kernel takes about 2 MiB; it never sees this.
  throw new GuestError(
    "exec-failed",
    "E2BIG",
    `${commandOf(argv)}: its words and variables are ${frame.length} bytes.`,
  );
}

async function started(frames: FrameReader, argv: readonly string[], options: ExecOptions): Promise<number> {
  const frame = await frames.next();
  if (frame === undefined) throw lost();
  const fields = new Fields(frame.payload);
  if (frame.kind === STARTED) return fields.u32();
  if (frame.kind !== FAILED) throw nonsense();
  const stage = fields.u32();
  const errno = errnoName(fields.u32());
  throw new GuestError("exec-failed", errno, `${commandOf(argv)}: ${reasonOf(stage, errno, options)}`);
}

function commandOf(argv: readonly string[]): string {
  return argv[0] === undefined ? "The login shell" : argv[0].slice(0, 200);
}

function reasonOf(stage: number, errno: string, { user = "root", cwd = "its home" }: ExecOptions): string {
  if (stage === STAGE_USER) return `it cannot run as user ${user}: ${errno}`;
  if (stage === STAGE_DIRECTORY) return `it cannot start in ${cwd}: ${errno}`;
  if (stage === STAGE_PROGRAM) return `it cannot be executed: ${errno}`;
  return `the guest has no means to start it: ${errno}`;
}

function checkSize(columns: number, rows: number): void {
  const fits = (value: number) => Number.isInteger(value) && value >= 1 && value <= SIZE_MAX;
  if (fits(columns) && fits(rows)) return;
  throw new ColinuxError(
    "console-size",
    `A terminal of ${columns} x ${rows} characters: expected 1 to ${SIZE_MAX} each.`,
  );
}

interface Streams {
  readonly control: Duplex;
  readonly input: Duplex;
  readonly output: Duplex | undefined;
  readonly error: Duplex | undefined;
}

class RunningProcess implements GuestProcess {
  readonly pid: number;
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly exited: Promise<Exit>;
  readonly #control: Duplex;
  #running = true;
  /** What was said to the agent before. */
  #told: Promise<void> = Promise.resolve();

  constructor(pid: number, { control, input, output, error }: Streams, frames: FrameReader, options: ExecOptions) {
    const { signal, stdin } = options;
    this.pid = pid;
    this.#control = control;
    this.stdin = input.writable;
    this.stdout = (output ?? input).readable;
    this.stderr = error === undefined ? nothing() : error.readable;
    const abort = (): void => {
      for (const connection of [control, input, output, error]) connection?.reset();
    };
    signal?.addEventListener("abort", abort);
    this.exited = this.#exit(frames, signal).finally(() => {
      this.#running = false;
      signal?.removeEventListener("abort", abort);
      control.reset();
    });
    // Who does not ask for the exit is not told of a guest that went down.
    this.exited.catch(() => undefined);
    if (signal?.aborted) abort();
    if (stdin !== undefined) void feed(this.stdin, stdin);
  }

  async kill(signal: string | number = "SIGTERM"): Promise<void> {
    const number = signalNumber(signal);
    if (number === undefined) throw new ColinuxError("exec-argument", `There is no signal ${signal}.`);
    await this.#tell(new Payload().u32(number).frame(SIGNAL));
  }

  async resize(columns: number, rows: number): Promise<void> {
    checkSize(columns, rows);
    await this.#tell(new Payload().u32(columns).u32(rows).frame(RESIZE));
  }

  async output(): Promise<ProcessOutput> {
    // Who writes holds a lock on it.
    if (!this.stdin.locked) await this.stdin.close().catch(() => undefined);
    const [stdout, stderr, exit] = await Promise.all([collect(this.stdout), collect(this.stderr), this.exited]);
    return { ...exit, stdout, stderr };
  }

  async #exit(frames: FrameReader, signal: AbortSignal | undefined): Promise<Exit> {
    try {
      const frame = await frames.next();
      if (frame === undefined) throw lost();
      if (frame.kind !== EXITED) throw nonsense();
      const fields = new Fields(frame.payload);
      const code = fields.u32();
      const number = fields.u32();
      return number === 0 ? { code } : { signal: signalName(number) };
    } catch (error) {
      if (signal?.aborted) throw aborted(signal);
      throw error instanceof ColinuxError && error.code === "agent-lost" ? error : lost(error);
    }
  }

  /** Says it to the agent, in the order of the calls. A program that has ended need not hear it. */
  async #tell(frame: Uint8Array): Promise<void> {
    if (!this.#running) return;
    this.#told = this.#told.then(() => send(this.#control, frame)).catch(() => undefined);
    await this.#told;
  }
}

/** Writes all of `source` and closes. A program that does not want it has its reasons. */
async function feed(into: WritableStream<Uint8Array>, source: NonNullable<ExecOptions["stdin"]>): Promise<void> {
  const writer = into.getWriter();
  if (typeof source === "string" || source instanceof Uint8Array) {
    const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
    await writer
      .write(bytes)
      .then(() => writer.close())
      .catch(() => undefined);
    return;
  }
  const reader = source.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) await writer.write(part.value);
    await writer.close();
  } catch (error) {
    // Whichever of the two failed, the other one hears of it.
    await reader.cancel(error).catch(() => undefined);
    await writer.abort(error).catch(() => undefined);
  }
}

/** All bytes of a stream. */
export async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    bytes += part.value.length;
  }
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function nothing(): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
}
