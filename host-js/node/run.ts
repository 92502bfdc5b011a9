/*
 * `colinux run [option ...] [word ...] -- COMMAND [ARGUMENT ...]`: one program in a guest of its own, as if it ran here.
 *
 *     boot -> the guest's agent starts COMMAND -> stdin, stdout, stderr, signals and window size pass through -> power off -> its exit code
 *
 * The guest's console is not shown, unless asked for. A guest whose disks may have been written is shut down in order; any other is just dropped.
 */

import { constants } from "node:os";
import { setTimeout } from "node:timers/promises";
import { ColinuxError, type Exit, GuestError, type GuestProcess, type Machine } from "../common/index.js";
import { bootOptions, isUsersToMend, named, readText, tellFault } from "./asked.js";
import { boot } from "./boot.js";
import { type Configuration, readConfiguration } from "./configuration.js";
import { RUN_HELP } from "./help.js";
import { endingOf } from "./messages.js";
import { withOverlay } from "./overlay-option.js";
import { parseOptions } from "./parse-options.js";
import { passStreams } from "./run-streams.js";
import { tell } from "./style.js";
import { Terminal } from "./terminal.js";
import { UsageError } from "./usage-error.js";

/** As docker(1), env(1) and nice(1) have them: we failed, the command cannot be executed, it is not there. */
const EXIT_OWN = 125;
const EXIT_NOT_EXECUTABLE = 126;
const EXIT_NOT_FOUND = 127;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"] as const;
const TERM = "xterm-256color";
/** Debian's own kernel needs three quarters of a minute until its agent is there. */
const READY_MS = 180_000;
const GOING_DOWN_MS = 3000;

/** Runs it and returns the exit code; never throws. */
export async function runCommand(args: readonly string[]): Promise<number> {
  try {
    return await runAsked(args);
  } catch (error) {
    if (error instanceof GuestError && error.code === "exec-failed") {
      tell(error.message);
      return error.errno === "ENOENT" ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
    }
    if (isUsersToMend(error)) tell(error.message);
    else tellFault(error);
    return EXIT_OWN;
  }
}

async function runAsked(args: readonly string[]): Promise<number> {
  const { words, argv, options } = split(args);
  if (options.help) {
    process.stdout.write(RUN_HELP);
    return 0;
  }
  const asked = withOverlay(readConfiguration(words, readText, process.cwd()), options);
  for (const word of asked.notYet) tell(`${word}: this version has no such device; the word is left out.`);
  const env = variables(options.env ?? []);
  const terminal = process.stdout.isTTY ? Terminal.ofProcess() : undefined;
  const signals = new Signals();
  const machine = await boot({
    ...bootOptions(asked, undefined, terminal, true),
    ...(options["no-jit"] && { jitThreshold: 0 }),
    ...(options.verbose && { kernelWords: ["earlycon=sbi", "loglevel=7", ...asked.kernelWords] }),
  }).catch((error) => {
    throw named(error, asked, undefined);
  });
  showConsole(machine, options.verbose ?? false);
  try {
    const starting = new AbortController();
    signals.to((signal) => starting.abort(signal));
    const program = await machine.exec(argv, {
      signal: starting.signal,
      readyTimeout: READY_MS,
      env: { ...(terminal && { TERM }), ...env },
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      ...(options.user !== undefined && { user: options.user }),
      ...(terminal && { tty: terminal.size() ?? true }),
    });
    signals.to((signal) => void program.kill(signal).catch(() => undefined));
    terminal?.onResize(({ columns, rows }) => void program.resize(columns, rows).catch(() => undefined));
    const exit = await passThrough(program, terminal);
    signals.to(() => machine.kill());
    if (asked.disks.some((disk) => disk && !disk.readOnly && disk.snapshot !== true)) await machine.shutdown();
    return exit.signal === undefined ? exit.code : 128 + numberOf(exit.signal);
  } catch (error) {
    if (signals.last !== undefined) return 128 + constants.signals[signals.last];
    if (!(error instanceof ColinuxError && error.code.startsWith("agent-"))) throw error;
    // A guest that goes down takes its agent with it first.
    const reason = await Promise.race([machine.stopped, setTimeout(GOING_DOWN_MS, undefined, { ref: false })]);
    if (reason === undefined) throw error;
    tell("The guest stopped before the command ended.", ...endingOf(reason, asked).lines);
    return EXIT_OWN;
  } finally {
    terminal?.restore();
    await machine.kill();
  }
}

async function passThrough(program: GuestProcess, terminal: Terminal | undefined): Promise<Exit> {
  terminal?.enterRaw();
  try {
    return await passStreams(program);
  } finally {
    terminal?.restore();
  }
}

/** What the guest says beside the command goes to stderr, or nowhere. */
function showConsole(machine: Machine, verbose: boolean): void {
  const sink = verbose
    ? new WritableStream<Uint8Array>({ write: (text) => void process.stderr.write(text) })
    : new WritableStream<Uint8Array>();
  void machine.console.output.pipeTo(sink).catch(() => undefined);
}

/** The signals of this process, which go to whoever is there to take them. */
class Signals {
  last: NodeJS.Signals | undefined;
  #take: (signal: NodeJS.Signals) => void = (signal) => process.exit(128 + constants.signals[signal]);

  constructor() {
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        this.last = signal;
        this.#take(signal);
      });
    }
  }

  to(take: (signal: NodeJS.Signals) => void): void {
    this.#take = take;
  }
}

function numberOf(signal: string): number {
  return constants.signals[signal as NodeJS.Signals] ?? Number(signal.replace(/^\D*/, ""));
}

function variables(words: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const word of words) {
    const at = word.indexOf("=");
    if (at < 1) throw new UsageError(`--env ${word}: expected a variable and its value, as in --env LANG=C.UTF-8`);
    env[word.slice(0, at)] = word.slice(at + 1);
  }
  return env;
}

interface Asked {
  readonly words: Configuration["kernelWords"];
  readonly argv: readonly string[];
  readonly options: ReturnType<typeof parse>["values"];
}

function split(args: readonly string[]): Asked {
  const at = args.indexOf("--");
  const { values, positionals } = parse(at < 0 ? args : args.slice(0, at));
  const argv = at < 0 ? [] : args.slice(at + 1);
  if (argv.length > 0 || values.help) return { words: positionals, argv, options: values };
  throw new UsageError(
    "There is no command to run.",
    "Expected colinux run [option ...] [word ...] -- COMMAND [ARGUMENT ...], as in colinux run -- uname -a",
  );
}

function parse(args: readonly string[]) {
  return parseOptions(
    args,
    {
      help: { type: "boolean", short: "h" },
      verbose: { type: "boolean" },
      env: { type: "string", multiple: true },
      cwd: { type: "string" },
      user: { type: "string" },
      overlay: { type: "string" },
      snapshot: { type: "boolean" },
      "no-jit": { type: "boolean" },
    },
    "The options of run are --env, --cwd, --user, --verbose, --overlay, --snapshot, --no-jit and --help, and stand before --",
  );
}
