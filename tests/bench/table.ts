/*
 * The results as text: a line per program and, below each group, its geometric mean.
 */

import { GEOMEAN, type TableRow } from "./samples.js";

interface Column {
  readonly title: string;
  readonly cell: (row: TableRow) => string;
  /** Whether the column is there for these rows. */
  readonly isIn: (rows: readonly TableRow[]) => boolean;
}

type Numbers = Exclude<keyof TableRow, "group" | "program">;

/**
 * Beside QEMU speeds are relative to its: `ratio` is ours, `wasm` that of the same program without a machine around it. `/ours` compares the
 * seconds before it with ours on Node, `v86/chromium` the faster of the two before it with ours in Chromium.
 */
const COLUMNS: readonly Column[] = [
  { title: "group", cell: ({ group }) => group, isIn: () => true },
  { title: "program", cell: ({ program }) => program, isIn: () => true },
  numbers("ours s", "ours", seconds),
  numbers("qemu s", "qemu", seconds),
  numbers("ratio", "ratio", factor),
  numbers("wasm", "wasm", factor, ""),
  numbers("chromium s", "chromium", seconds),
  numbers("/ours", "chromiumToOurs", factor),
  numbers("x87 s", "x87", seconds),
  numbers("sse2 s", "sse2", seconds),
  numbers("v86/chromium", "v86ToChromium", factor),
  numbers("plain s", "plain", seconds),
  numbers("/ours", "plainToOurs", factor),
  numbers("debian s", "debian", seconds),
  numbers("/ours", "debianToOurs", factor),
];
/** The first columns are words. */
const WORDS = 2;

export function table(rows: readonly TableRow[]): string {
  const columns = COLUMNS.filter(({ isIn }) => isIn(rows));
  const titles = columns.map(({ title }) => title);
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const widths = titles.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column < WORDS ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  const lines = [line(titles), rule];
  rows.forEach((row, index) => {
    lines.push(line(cells[index]!));
    if (row.program === GEOMEAN && index + 1 < rows.length) lines.push("");
  });
  return `${lines.join("\n")}\n`;
}

/** `none` stands where a row lacks it. */
function numbers(title: string, of: Numbers, show: (value: number) => string, none = "-"): Column {
  return {
    title,
    cell: ({ [of]: value }) => (value === undefined ? none : show(value)),
    isIn: (rows) => rows.some((row) => row[of] !== undefined),
  };
}

function seconds(number: number): string {
  return number.toFixed(number < 10 ? 3 : 1);
}

function factor(number: number): string {
  return number.toFixed(number < 10 ? 2 : 1);
}
