/*
 * The kernel's configuration as we write it: `kernels/linux/config`, a commented list of what is on and what is off. This
 * file reads such lists and finds out whether the kernel's own configuration tool took every line over; it drops lines
 * silently when something they depend on is missing.
 */

/** Option without `CONFIG_` to its value as written; "n" where a list says `is not set`. */
export type Settings = ReadonlyMap<string, string>;

/** Reads a fragment or a `.config`. */
export function parseSettings(text: string): Settings {
  const settings = new Map<string, string>();
  for (const line of text.split("\n")) {
    const off = /^# CONFIG_(\w+) is not set$/.exec(line);
    const on = /^CONFIG_(\w+)=(.*)$/.exec(line);
    if (off !== null) settings.set(off[1]!, "n");
    else if (on !== null) settings.set(on[1]!, on[2]!);
  }
  return settings;
}

/** One line for each setting of `wanted` that `actual` does not have. An option that is off may be absent. */
export function differences(wanted: Settings, actual: Settings): string[] {
  const lines: string[] = [];
  for (const [name, value] of wanted) {
    const got = actual.get(name) ?? "n";
    if (got !== value) lines.push(`CONFIG_${name} is ${got} instead of ${value}`);
  }
  return lines;
}
