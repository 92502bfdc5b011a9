/*
 * The results as text: a line per program and, below each group, its geometric mean.
 */

import { GEOMEAN, type TableRow } from "./samples.js";

const HEADER = ["group", "program", "ours s", "qemu s", "ratio", "wasm"];

/** Speeds are relative to QEMU's: `ratio` is ours, `wasm` that of the same program without a machine around it. */
export function table(rows: readonly TableRow[]): string {
  const cells = rows.map(cellsOf);
  const columns = cells.some((row) => row[5] !== "") ? 6 : 5;
  const widths = HEADER.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .slice(0, columns)
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd();
  const rule = widths
    .slice(0, columns)
    .map((width) => "-".repeat(width))
    .join("  ");
  const lines = [line(HEADER), rule];
  rows.forEach((row, index) => {
    lines.push(line(cells[index]!));
    if (row.program === GEOMEAN && index + 1 < rows.length) lines.push("");
  });
  return `${lines.join("\n")}\n`;
}

function cellsOf({ group, program, ours, qemu, ratio, wasm }: TableRow): string[] {
  return [group, program, seconds(ours), seconds(qemu), speed(ratio), wasm === undefined ? "" : speed(wasm)];
}

function seconds(number: number): string {
  return number.toFixed(number < 10 ? 3 : 1);
}

function speed(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 2 : 1);
}
