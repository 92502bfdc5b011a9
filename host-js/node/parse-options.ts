/*
 * The options of a command, by node:util, with our words for what cannot be done.
 */

import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./usage-error.js";

type Config<Options> = { args: string[]; allowPositionals: true; options: Options };

/** Throws `UsageError` with what is wrong and `advice`, which says what there is. */
export function parseOptions<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: Options,
  advice: string,
): ReturnType<typeof parseArgs<Config<Options>>> {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    const text = error instanceof Error ? error.message.split(". ")[0] : String(error);
    throw new UsageError(`${text}.`, advice);
  }
}
