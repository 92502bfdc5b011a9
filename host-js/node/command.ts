/*
 * The command: from the words of the user to an exit code.
 *
 * Read from top to bottom it is one run: options, configuration, boot, session, what is said at the end.
 */

import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { resolve } from "node:path";
import { bootOptions, isUsersToMend, named, readText, tellFault } from "./asked.js";
import { type BareAsked, checkBare, signatureOf, writeSignature } from "./bare.js";
import { boot } from "./boot.js";
import { type Configuration, readConfiguration } from "./configuration.js";
import { HELP } from "./help.js";
import { EXIT_OK, EXIT_STILL_RUNNING, EXIT_USAGE, endingOf } from "./messages.js";
import { withOverlay } from "./overlay-option.js";
import { parseOptions } from "./parse-options.js";
import type { Profile } from "./profile.js";
import { AFTER_INPUT_MS, runSession, type SessionEnd } from "./session.js";
import { remark, tell } from "./style.js";
import { Terminal } from "./terminal.js";
import { UsageError } from "./usage-error.js";

/** Runs the command and returns its exit code; never throws. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    return await runAsked(args);
  } catch (error) {
    if (!isUsersToMend(error)) return tellFault(error);
    tell(error.message);
    return EXIT_USAGE;
  }
}

async function runAsked(args: readonly string[]): Promise<number> {
  if (args[0] === "commit" || args[0] === "discard")
    return (await import("./overlay-commands.js"))[args[0]](args.slice(1));
  if (args[0] === "create") return (await import("./create.js")).create(args.slice(1));
  if (args[0] === "run") return (await import("./run.js")).runCommand(args.slice(1));
  if (args[0] === "sources") return (await import("./sources.js")).sources(args.slice(1));
  const { words, options } = split(args);
  if (options.help) return print(HELP);
  if (options.version) return print(`colinux ${version()}\n`);
  const asked = withOverlay(readConfiguration(words, readText, process.cwd()), options);
  for (const word of asked.notYet) tell(`${word}: this version has no such device; the word is left out.`);

  const bare = checkBare(options);
  const profile = options.profile === undefined ? undefined : await openProfile(options.profile, asked, bare);
  const terminal = Terminal.ofProcess();
  const bootable = {
    ...bootOptions(asked, bare, terminal, options["no-reboot"] ?? false),
    ...(options["no-jit"] && { jitThreshold: 0 }),
    ...(profile && { sampler: profile }),
  };
  const machine = await boot(bootable).catch((error) => {
    throw named(error, asked, bare);
  });
  if (terminal) remark("Linux starts. Ctrl-A x leaves, Ctrl-A h helps.");
  const end = await runSession(machine, terminal, {
    followWindow: asked.console === undefined,
    outlivesInput: bare !== undefined,
  });
  terminal?.restore();
  if (bare?.signature !== undefined) writeSignature(bare.signature, await signatureOf(bare, machine));
  const exitCode = exitCodeOf(end, asked);
  if (options.stats) tell(...(await import("./statistics.js")).statisticsLines(await machine.statistics()));
  profile?.write();
  return exitCode;
}

/** Throws UsageError when the file cannot be written or is one of the machine's own. */
async function openProfile(path: string, asked: Configuration, bare: BareAsked | undefined): Promise<Profile> {
  const own = [asked.kernel, asked.initrd, bare?.image, ...asked.disks.flatMap((disk) => [disk?.path, disk?.overlay])];
  if (path === "") throw new UsageError("--profile: nothing is given; expected the name of a file to write.");
  if (own.some((file) => typeof file === "string" && resolve(file) === resolve(path)))
    throw new UsageError(`--profile ${path}: this would overwrite a file that the machine is made of.`);
  const [{ Profile }, { elfSymbols, kernelSymbols }] = await Promise.all([
    import("./profile.js"),
    import("./profile-symbols.js"),
  ]);
  return new Profile(path, bare ? { bare: elfSymbols(bare.image) } : { kernel: kernelSymbols(asked.kernel) });
}

/** Says why the session ended, where that is not the user's own doing. */
function exitCodeOf(end: SessionEnd, asked: Configuration): number {
  switch (end.kind) {
    case "stopped": {
      const { exitCode, lines } = endingOf(end.reason, asked);
      tell(...lines);
      return exitCode;
    }
    case "left":
    case "outputClosed":
      return EXIT_OK;
    case "stillRunning":
      tell(`The input ended and the guest was still running ${AFTER_INPUT_MS / 1000} s later; it was stopped.`);
      return EXIT_STILL_RUNNING;
    case "signal":
      return 128 + constants.signals[end.signal];
  }
}

function split(args: readonly string[]) {
  const { values, positionals } = parseOptions(
    args,
    {
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
      overlay: { type: "string" },
      snapshot: { type: "boolean" },
      "no-reboot": { type: "boolean" },
      "no-jit": { type: "boolean" },
      stats: { type: "boolean" },
      profile: { type: "string" },
      bare: { type: "string" },
      signature: { type: "string" },
      "max-insns": { type: "string" },
    },
    "The options are --overlay, --snapshot, --no-reboot, --no-jit, --stats, --profile, --bare, --signature, --max-insns, --help and --version; all else is said in words, see colinux --help",
  );
  return { words: positionals, options: values };
}

function version(): string {
  return JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")).version;
}

function print(text: string): number {
  process.stdout.write(text);
  return EXIT_OK;
}
