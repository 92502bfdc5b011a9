/*
 * `--bare FILE`: a program on the naked board, for test suites, firmware and teaching kernels.
 *
 *     --max-insns N      ends one that never stops
 *     --signature FILE   afterwards writes what lies between its symbols begin_signature and end_signature
 */

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Machine, readSymbols } from "../common/index.js";
import { UsageError } from "./usage-error.js";
import { readWholeFile } from "./whole-file.js";

const WORD_BYTES = 4;

export interface BareAsked {
  readonly image: string;
  readonly maxInsns?: number;
  readonly signature?: string;
}

/** What the options ask for, undefined without `--bare`. Throws UsageError. */
export function checkBare(options: {
  readonly bare?: string | undefined;
  readonly signature?: string | undefined;
  readonly "max-insns"?: string | undefined;
}): BareAsked | undefined {
  const { bare: image, signature } = options;
  const limit = options["max-insns"];
  if (image === undefined) {
    const alone = signature !== undefined ? "--signature" : limit !== undefined ? "--max-insns" : undefined;
    if (alone !== undefined) throw new UsageError(`${alone} goes with --bare FILE only.`);
    return undefined;
  }
  if (image === "") throw new UsageError("--bare: nothing is given; expected an ELF file or a raw image.");
  if (signature !== undefined && resolve(signature) === resolve(image))
    throw new UsageError(`--signature ${signature}: this would overwrite the program itself.`);
  if (limit !== undefined && !/^[1-9]\d{0,14}$/.test(limit))
    throw new UsageError(`--max-insns ${limit}: expected a number of instructions from 1 on.`);
  if (signature !== undefined) {
    signatureRange(image);
    // A name that cannot be written is told before the program runs, not after.
    writeSignature(signature, "");
  }
  return {
    image,
    ...(limit !== undefined && { maxInsns: Number(limit) }),
    ...(signature !== undefined && { signature }),
  };
}

/** The signature of a program that has ended: words of 4 bytes in lower-case hexadecimal, one a line. */
export async function signatureOf(bare: BareAsked, machine: Machine): Promise<string> {
  const [begin, end] = signatureRange(bare.image);
  const memory = await machine.readMemory(begin, end - begin);
  const view = new DataView(memory.buffer, memory.byteOffset);
  let text = "";
  for (let at = 0; at + WORD_BYTES <= memory.length; at += WORD_BYTES)
    text += `${view.getUint32(at, true).toString(16).padStart(8, "0")}\n`;
  return text;
}

export function writeSignature(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UsageError(`--signature ${path} cannot be written: ${error instanceof Error ? error.message : error}`);
  }
}

function signatureRange(image: string): [number, number] {
  const symbols = readSymbols(readWholeFile(image), ["begin_signature", "end_signature"]);
  const begin = symbols.get("begin_signature");
  const end = symbols.get("end_signature");
  if (begin !== undefined && end !== undefined && end >= begin) return [begin, end];
  throw new UsageError(`--signature: ${image} has no symbols begin_signature and end_signature.`);
}
