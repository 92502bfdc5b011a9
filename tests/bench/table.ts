/*
 * The results as text: a line per program and, below each group, its geometric mean.
 */

import { GEOMEAN, type TableRow } from "./samples.js";

interface Column {
  readonly title: string;
  readonly cell: (row: TableRow) => string;
  /** The column is there when a row has it. */
  readonly of?: keyof TableRow;
}

/**
 * Speeds are relative to QEMU's: `ratio` is ours, `wasm` that of the same program without a machine around it. `/ours` compares seconds,
 * those in Chromium with ours on Node.
 */
const COLUMNS: readonly Column[] = [
  { title: "group", cell: ({ group }) => group },
  { title: "program", cell: ({ program }) => program },
  { title: "ours s", cell: ({ ours }) => seconds(ours) },
  { title: "qemu s", cell: ({ qemu }) => seconds(qemu) },
  { title: "ratio", cell: ({ ratio }) => factor(ratio) },
  { title: "wasm", cell: ({ wasm }) => (wasm === undefined ? "" : factor(wasm)), of: "wasm" },
  { title: "chromium s", cell: ({ chromium }) => (chromium === undefined ? "-" : seconds(chromium)), of: "chromium" },
  { title: "/ours", cell: ({ chromiumToOurs: c }) => (c === undefined ? "-" : factor(c)), of: "chromiumToOurs" },
];
/** The first columns are words. */
const WORDS = 2;

export function table(rows: readonly TableRow[]): string {
  const columns = COLUMNS.filter(({ of }) => of === undefined || rows.some((row) => row[of] !== undefined));
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

function seconds(number: number): string {
  return number.toFixed(number < 10 ? 3 : 1);
}

function factor(number: number): string {
  return number.toFixed(number < 10 ? 2 : 1);
}
