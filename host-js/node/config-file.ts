/*
 * Text of a configuration file, as the original Cooperative Linux reads it, cut into words.
 *
 *     # a comment
 *     kernel=Image  mem=512
 *     cobd0="my disk.img"          quotes keep blanks, and may stand anywhere in a word
 *
 * Blanks and line ends separate words; `#` starts a comment where a word could start. A backslash means itself, because paths of
 * Windows contain it. What the words mean is said in configuration.ts.
 */

import { UsageError } from "./usage-error.js";

/** The words of `text`, quotes removed. Throws `UsageError` naming `path` and the line where a quote is left open. */
export function wordsOf(text: string, path: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let line = 1;
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if (c === "\n") line++;
    if (c === '"' || c === "'") {
      const end = text.indexOf(c, at + 1);
      const lineEnd = text.indexOf("\n", at);
      if (end < 0 || (lineEnd >= 0 && lineEnd < end)) {
        throw new UsageError(`@${path}, line ${line}: a quote (${c}) is opened and not closed.`);
      }
      word = (word ?? "") + text.slice(at + 1, end);
      at = end;
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (c === "#" && word === undefined) {
      const lineEnd = text.indexOf("\n", at);
      at = lineEnd < 0 ? text.length : lineEnd - 1;
    } else {
      word = (word ?? "") + c;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
