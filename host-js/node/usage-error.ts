/*
 * What the user asked for cannot be done: the command line prints the lines and ends with the exit code for usage.
 *
 * At most four lines: what was given, what was expected, what to do. Library users never see this class; it belongs to the command.
 */

export class UsageError extends Error {
  override readonly name = "UsageError";

  constructor(...lines: string[]) {
    super(lines.join("\n"));
  }
}
