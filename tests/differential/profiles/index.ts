/*
 * All kinds of program. The seed says which one a case is: seed modulo their number, so a list of seeds is a fair mix.
 */

import { type Case, makeCase, type Profile } from "../case.js";
import { float, integer, memory } from "./computing.js";
import { loops } from "./loops.js";
import { modifying } from "./modifying.js";
import { paging } from "./paging.js";
import { privileged } from "./privileged.js";
import { protection } from "./protection.js";
import { words } from "./words.js";

export const PROFILES: readonly (readonly [name: string, profile: Profile])[] = [
  ["integer", integer],
  ["float", float],
  ["memory", memory],
  ["words", words],
  ["privileged", privileged],
  ["modifying", modifying],
  ["paging", paging],
  ["protection", protection],
  ["loops", loops],
];

/** The case of a seed. With `limit`, only its first `limit` instructions remain. */
export function caseOf(seed: number, limit?: number): Case {
  const [name, profile] = PROFILES[seed % PROFILES.length]!;
  return makeCase(seed, name, profile, limit);
}
