/*
 * `colinux sources FOLDER [NAME ...]`: the source packages of exactly the Linux and the programs that come with this colinux, for whoever
 * wants to read, change or pass them on; the licences of these ask for it (kernels/package/sources.ts).
 */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  explain,
  fetchSources,
  type GuestDescription,
  guestPackages,
  originsOf,
  type Progress,
  ProgressBoard,
  type SourcePackage,
  sourcesOf,
} from "../../kernels/index.js";
import { packedFile } from "./embedded.js";
import { tell } from "./style.js";
import { UsageError } from "./usage-error.js";

const EXIT_FAILED = 1;

/** Runs `colinux sources` with the words after `sources`. Throws `UsageError` for words that cannot be done; returns the exit code. */
export async function sources([folder, ...names]: readonly string[]): Promise<number> {
  if (folder === undefined || folder.startsWith("-"))
    throw new UsageError("sources: no folder is named.", "Expected one, as in colinux sources ./sources");
  const board = new ProgressBoard(process.stderr);
  process.once("exit", () => board.close());
  const progress = board.task("sources");
  try {
    const all = await embeddedSources(progress);
    const wanted = names.length === 0 ? all : names.map((name) => sourceNamed(name, all));
    await fetchSources(wanted, resolve(folder), progress);
    board.close();
    return 0;
  } catch (error) {
    board.close();
    const text = explain(error);
    if (text === undefined) throw error;
    tell(...text.split("\n"));
    return EXIT_FAILED;
  }
}

function sourceNamed(name: string, all: readonly SourcePackage[]): SourcePackage {
  const found = all.find((source) => source.name === name);
  if (found !== undefined) return found;
  throw new UsageError(`sources ${name}: expected one of ${all.map((source) => source.name).join(", ")}.`);
}

/** What the package says of its guest, or what a checkout's guest was made of. */
async function embeddedSources(progress: Progress): Promise<SourcePackage[]> {
  const packed = packedFile("guest.json");
  if (packed === undefined) return sourcesOf(await originsOf(await guestPackages(progress)));
  const { packages } = JSON.parse(readFileSync(packed, "utf8")) as GuestDescription;
  return sourcesOf(packages);
}
