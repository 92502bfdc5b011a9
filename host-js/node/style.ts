/*
 * Lines to the user on stderr, with a touch of colour where that is welcome: on a terminal and without NO_COLOR [no-color.org].
 */

function coloured(code: number, text: string): string {
  const welcome = process.stderr.isTTY && !process.env.NO_COLOR;
  return welcome ? `\x1b[${code}m${text}\x1b[0m` : text;
}

/** Prints `lines`, the first after the program's name. */
export function tell(...lines: readonly string[]): void {
  const text = lines.join("\n").replaceAll("\n", "\n  ");
  if (text !== "") process.stderr.write(`${coloured(1, "colinux:")} ${text}\n`);
}

/** Prints a line that may be overlooked. */
export function remark(line: string): void {
  process.stderr.write(`${coloured(2, line)}\n`);
}
