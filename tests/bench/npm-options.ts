/*
 * `npm run bench int --rounds 5 --json FILE`, without `--` before the options: npm takes them for its own and passes on what is left.
 *
 *     npm 11 passes "int 5 FILE" and sets npm_config_rounds=true, npm_config_json=true
 *     npm 10 passes "int FILE"   and sets npm_config_rounds=5,    npm_config_json=true
 *     both make npm_config_jit="" of --no-jit, and npm_config_chromium=true of --chromium (or --kernels, --v86), but npm 10 takes a word behind
 *     that as its value
 *
 * Both are put together again here, as far as that is certain: npm keeps the order of words, not where among them an option stood.
 */

/** `args` with the options that npm took, when it took some. */
export function withNpmOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  isGroup: (word: string) => boolean,
): string[] {
  const { npm_config_rounds: rounds, npm_config_json: json, npm_config_jit: jit } = env;
  const words = [...args];
  if (words.some((word) => word.startsWith("-"))) return words;
  const options: string[] = [];
  if (rounds !== undefined) {
    const value = /^\d+$/.test(rounds) ? rounds : take(words, (word) => /^\d+$/.test(word));
    options.push("--rounds", ...(value === undefined ? [] : [value]));
  }
  // Someone may have json=true in the settings of npm: then there is no word for it.
  const file = json === "true" ? take(words, (word) => !isGroup(word)) : undefined;
  if (file !== undefined) options.push("--json", file);
  if (jit === "") options.push("--no-jit");
  for (const option of ["chromium", "kernels", "v86"]) {
    const value = env[`npm_config_${option}`];
    if (value === undefined) continue;
    options.push(`--${option}`);
    if (isGroup(value)) words.push(value);
  }
  return [...words, ...options];
}

/** Removes the first word that fits, and returns it. */
function take(words: string[], fits: (word: string) => boolean): string | undefined {
  const at = words.findIndex(fits);
  return at < 0 ? undefined : words.splice(at, 1)[0];
}
