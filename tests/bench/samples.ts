/*
 * What was measured: seconds and checksums by group, program and system, and what of it contradicts itself.
 */

import type { GroupName } from "./groups.js";
import { geomean, median } from "./statistics.js";
import type { SystemName } from "./systems.js";

/** The systems, and WebAssembly without a machine around it. */
export type Column = SystemName | "wasm";

/** Seconds; `ratio` is qemu / ours. What was measured in Chromium too has its seconds there, and these / ours. */
export interface Row {
  readonly group: GroupName;
  readonly program: string;
  readonly ours: number;
  readonly qemu: number;
  readonly ratio: number;
  readonly chromium?: number;
  readonly chromiumToOurs?: number;
}

/** A row of the table: with the speed of the same program in WebAssembly, where QEMU is 1. */
export interface TableRow extends Row {
  readonly wasm?: number;
}

export const GEOMEAN = "geomean";

interface Samples {
  readonly seconds: number[];
  checksum?: string;
}

export class Results {
  /** Results that are wrong, each in one line. */
  readonly mismatches: string[] = [];
  private readonly groups = new Map<GroupName, Map<string, Partial<Record<Column, Samples>>>>();

  /** Takes one sample. The checksum must be that of the program's other samples, whichever system they are from. */
  add(group: GroupName, program: string, column: Column, seconds: number, checksum?: string): void {
    const columns = this.columnsOf(group, program);
    const samples = (columns[column] ??= { seconds: [] });
    samples.seconds.push(seconds);
    if (checksum === undefined) return;
    for (const [other, { checksum: expected }] of Object.entries(columns)) {
      if (expected === undefined || expected === checksum) continue;
      this.mismatches.push(`${group} ${program}: wrong result: ${column} "${checksum}", ${other} "${expected}"`);
      break;
    }
    samples.checksum ??= checksum;
  }

  /** Medians of what we and QEMU have run, and after each group a row of its geometric means. */
  rows(): TableRow[] {
    return [...this.groups].flatMap(([group, programs]) => {
      const rows = [...programs].flatMap(([program, columns]) => rowOf(group, program, columns));
      return rows.length === 0 ? [] : [...rows, meanOf(group, rows)];
    });
  }

  private columnsOf(group: GroupName, program: string): Partial<Record<Column, Samples>> {
    let programs = this.groups.get(group);
    if (programs === undefined) this.groups.set(group, (programs = new Map()));
    let columns = programs.get(program);
    if (columns === undefined) programs.set(program, (columns = {}));
    return columns;
  }
}

function rowOf(group: GroupName, program: string, columns: Partial<Record<Column, Samples>>): TableRow[] {
  if (columns.ours === undefined || columns.qemu === undefined) return [];
  const [ours, qemu] = [median(columns.ours.seconds), median(columns.qemu.seconds)];
  const wasm = columns.wasm && { wasm: qemu / median(columns.wasm.seconds) };
  return [{ group, program, ours, qemu, ratio: qemu / ours, ...inChromium(columns, ours), ...wasm }];
}

function inChromium({ chromium: samples }: Partial<Record<Column, Samples>>, ours: number) {
  if (samples === undefined) return {};
  const chromium = median(samples.seconds);
  return { chromium, chromiumToOurs: chromium / ours };
}

function meanOf(group: GroupName, rows: readonly TableRow[]): TableRow {
  const mean = (of: (row: TableRow) => number) => geomean(rows.map(of));
  const meanIfAny = (of: "chromium" | "chromiumToOurs" | "wasm") => {
    const numbers = rows.flatMap((row) => row[of] ?? []);
    return numbers.length > 0 && { [of]: geomean(numbers) };
  };
  return {
    group,
    program: GEOMEAN,
    ours: mean((row) => row.ours),
    qemu: mean((row) => row.qemu),
    ratio: mean((row) => row.ratio),
    ...meanIfAny("chromium"),
    ...meanIfAny("chromiumToOurs"),
    ...meanIfAny("wasm"),
  };
}

/** The rows as JSON, in the shape that other tools read. */
export function toJson(rows: readonly TableRow[]): string {
  const plain = rows.map(({ wasm: _, ...row }): Row => row);
  return `${JSON.stringify(plain, undefined, 2)}\n`;
}
