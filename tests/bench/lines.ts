/*
 * A guest's console as lines with the time at which their end arrived, and the measurement that is in them.
 *
 *     @B sieve                                        begins
 *     ...                                             what the program says
 *     @R sieve int cell 6553600 81234567 12.4 00c0    done; the last word is its checksum
 *     @E 0                                            the shell's command is done, and its status
 */

export interface Line {
  readonly text: string;
  /** Milliseconds on the host's monotonic clock. */
  readonly at: number;
}

/** Cuts text that arrives piece by piece into lines. */
export class LineCutter {
  /** What came behind the last line end. */
  rest = "";

  /** The lines that `text` completes, all of which it ended at `at`. */
  add(text: string, at: number): Line[] {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop()!;
    return lines.map((line) => ({ text: line.replaceAll("\r", ""), at }));
  }
}

/** What one command on the guest's console came to. */
export interface Measurement {
  readonly name: string;
  readonly seconds: number;
  /** The checksum of the program's own, and everything it printed. */
  readonly checksum: string;
}

/** What the lines of one shell command say, up to and with its `@E`. */
export interface Reply {
  readonly status: number;
  readonly measurements: readonly Measurement[];
  /** Everything that is neither a marker nor a message of the kernel's. */
  readonly said: readonly string[];
}

/** Whether a line is the end of a shell command. */
export function endsReply(text: string): boolean {
  return /^@E \d+$/.test(text);
}

/** Reads the lines of one command. Throws when `@B` and `@R` do not pair. */
export function readReply(lines: readonly Line[]): Reply {
  const measurements: Measurement[] = [];
  const all: string[] = [];
  let status = 0;
  let begun: { readonly name: string; readonly at: number } | undefined;
  let said: string[] = [];
  for (const { text, at } of lines) {
    const [mark, name = "", ...fields] = text.split(" ");
    if (mark === "@B") {
      begun = { name, at };
      said = [];
    } else if (mark === "@R") {
      if (begun?.name !== name) throw new Error(`"@R ${name}" came after "@B ${begun?.name ?? ""}"`);
      const checksum = [fields.at(-1) ?? "", ...said].join(" | ");
      measurements.push({ name, seconds: (at - begun.at) / 1000, checksum });
      begun = undefined;
    } else if (mark === "@E") {
      status = Number(name);
    } else if (!isKernelMessage(text)) {
      said.push(text);
      all.push(text);
    }
  }
  if (begun !== undefined) throw new Error(`"@B ${begun.name}" came without "@R ${begun.name}"`);
  return { status, measurements, said: all };
}

/** With CONFIG_PRINTK_TIME each begins with the time of the guest. */
function isKernelMessage(text: string): boolean {
  return /^\[ *\d+\.\d+\]/.test(text);
}
