/*
 * What was measured: seconds and checksums by group, program and system, and what of it contradicts itself.
 */

import type { GroupName } from "./groups.js";
import { geomean, median } from "./statistics.js";
import type { SystemName } from "./systems.js";

/** The systems, and WebAssembly without a machine around it. */
export type Column = SystemName | "wasm";

/**
 * Seconds of what was measured, and speeds. Machines are compared with QEMU: `ratio` is qemu / ours; what was measured in Chromium too has its
 * seconds there, and these / ours. Kernels are compared with ours: seconds of the others, and these / ours. v86, by its faster seconds, is
 * compared with ours in Chromium: v86 / chromium.
 */
export interface Row {
  readonly group: GroupName;
  readonly program: string;
  readonly ours: number;
  readonly qemu?: number;
  readonly ratio?: number;
  readonly chromium?: number;
  readonly chromiumToOurs?: number;
  readonly plain?: number;
  readonly debian?: number;
  readonly plainToOurs?: number;
  readonly debianToOurs?: number;
  readonly x87?: number;
  readonly sse2?: number;
  readonly v86ToChromium?: number;
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

  /** Medians of what we and those that we are compared with have run, and after each group a row of its geometric means. */
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
  const seconds: Partial<Record<Column, number>> = {};
  for (const [column, samples] of Object.entries(columns)) seconds[column as Column] = median(samples.seconds);
  const { ours, qemu, plain, debian, chromium, x87, sse2, wasm } = seconds;
  if (ours === undefined) return [];
  if (plain !== undefined && debian !== undefined)
    return [{ group, program, ours, plain, debian, plainToOurs: plain / ours, debianToOurs: debian / ours }];
  const inChromium = chromium !== undefined && { chromium, chromiumToOurs: chromium / ours };
  if (inChromium && x87 !== undefined && sse2 !== undefined)
    return [{ group, program, ours, ...inChromium, x87, sse2, v86ToChromium: Math.min(x87, sse2) / chromium }];
  if (qemu === undefined) return [];
  const limit = wasm !== undefined && { wasm: qemu / wasm };
  return [{ group, program, ours, qemu, ratio: qemu / ours, ...inChromium, ...limit }];
}

/** Geometric means of each number, over the rows that have it. */
function meanOf(group: GroupName, rows: readonly TableRow[]): TableRow {
  const numbers = new Map<string, number[]>();
  for (const { group: _, program: __, ...row } of rows) {
    for (const [name, value] of Object.entries(row)) numbers.set(name, [...(numbers.get(name) ?? []), value]);
  }
  const means = Object.fromEntries([...numbers].map(([name, values]) => [name, geomean(values)]));
  return { group, program: GEOMEAN, ...(means as Omit<TableRow, "group" | "program">) };
}

/** The rows as JSON, in the shape that other tools read. */
export function toJson(rows: readonly TableRow[]): string {
  const plain = rows.map(({ wasm: _, ...row }): Row => row);
  return `${JSON.stringify(plain, undefined, 2)}\n`;
}
