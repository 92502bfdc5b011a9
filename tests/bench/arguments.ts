/*
 * The words of `npm run bench [GROUP...] [--rounds N] [--json FILE] [--no-jit] [--chromium] [--kernels] [--v86]`, checked before anything is built.
 */

import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { GROUPS, type GroupName, runsInChromium } from "./groups.js";

const ROUNDS_DEFAULT = 3;
const ROUNDS_MAX = 100;

const WORDS = "[GROUP ...] [--rounds N] [--json FILE] [--no-jit] [--chromium] [--kernels] [--v86]";

export const USAGE = `Usage: npm run bench -- ${WORDS}
Groups: ${Object.keys(GROUPS).join(", ")}. Default: all of them, ${ROUNDS_DEFAULT} rounds.
--no-jit: our guest interprets everything.
--chromium: our guest runs in Chromium too, except for boot and disk.
--kernels: no QEMU; our kernel beside itself without its cooperative drivers, and Debian's, all on our machine.
--v86: no QEMU; our guest in Chromium beside v86 there, with the same programs for the i686. Not for boot and disk.
`;

/** What is compared with what; one at most. */
const COMPARISONS = ["chromium", "kernels", "v86"] as const;

export interface Asked {
  /** In the order of GROUPS, each once. */
  readonly groups: readonly GroupName[];
  readonly rounds: number;
  /** Absolute path. */
  readonly json?: string;
  /** Our guest compiles nothing. */
  readonly noJit?: boolean;
  /** Our guest is measured in Chromium too. */
  readonly chromium?: boolean;
  /** Kernels are compared, not machines. */
  readonly kernels?: boolean;
  /** Our guest in Chromium is compared with v86, not with QEMU. */
  readonly v86?: boolean;
  readonly help?: boolean;
}

/** Something in the command line cannot be done; the message is one line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads the command line. Throws `UsageError`. */
export function readArguments(args: readonly string[]): Asked {
  const { values, positionals } = parse(args);
  const wanted = new Set(positionals.map(groupName));
  const comparisons = COMPARISONS.filter((name) => values[name] === true);
  if (comparisons.length > 1)
    throw new UsageError(`${comparisons.map((name) => `--${name}`).join(" ")}: expected one of them.`);
  const v86 = values.v86 === true;
  const outside = v86 ? [...wanted].find((name) => !runsInChromium(name)) : undefined;
  if (outside !== undefined) throw new UsageError(`--v86 ${outside}: this group is not measured in Chromium.`);
  const groups = (Object.keys(GROUPS) as GroupName[]).filter((name) =>
    wanted.size === 0 ? !v86 || runsInChromium(name) : wanted.has(name),
  );
  const json = values.json === undefined ? undefined : jsonPath(values.json);
  return {
    groups,
    rounds: values.rounds === undefined ? ROUNDS_DEFAULT : rounds(values.rounds),
    ...(json !== undefined && { json }),
    ...(values["no-jit"] === true && { noJit: true }),
    ...(values.chromium === true && { chromium: true }),
    ...(values.kernels === true && { kernels: true }),
    ...(v86 && { v86 }),
    ...(values.help === true && { help: true }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: "string" },
        json: { type: "string" },
        "no-jit": { type: "boolean" },
        chromium: { type: "boolean" },
        kernels: { type: "boolean" },
        v86: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    // Node's own words, as far as their first sentence.
    const [sentence = ""] = (error as Error).message.split(/\.\s|\n/);
    throw new UsageError(`${sentence.replace(/\.$/, "")}; expected ${WORDS}.`);
  }
}

function groupName(word: string): GroupName {
  if (Object.hasOwn(GROUPS, word)) return word as GroupName;
  throw new UsageError(`"${word}" is no group; expected ${Object.keys(GROUPS).join(", ")}.`);
}

function rounds(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= ROUNDS_MAX) return number;
  throw new UsageError(`--rounds ${text}: expected a number from 1 to ${ROUNDS_MAX}.`);
}

function jsonPath(text: string): string {
  if (text === "") throw new UsageError("--json: expected the name of a file to write.");
  const path = resolve(text);
  if (!existsSync(dirname(path))) throw new UsageError(`--json ${text}: there is no folder ${dirname(path)}.`);
  if (existsSync(path) && statSync(path).isDirectory()) throw new UsageError(`--json ${text}: this is a folder.`);
  return path;
}
