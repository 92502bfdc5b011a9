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
  if (text !== "") write(`${coloured(1, "colinux:")} ${text}`);
}

/** Prints a line that may be overlooked. */
export function remark(line: string): void {
  write(coloured(2, line));
}

/** A terminal that a guest has does not return to the first column by itself. */
function write(text: string): void {
  process.stderr.write(process.stderr.isTTY ? `${text}\n`.replaceAll("\n", "\r\n") : `${text}\n`);
}
