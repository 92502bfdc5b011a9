/*
 * The kernel's command line.
 *
 * Ours says where the console is and keeps boot quiet. Another kernel's boot is shown, from its first words on, and its console is the
 * serial port: distributions have the driver of the virtio console in a module, which comes too late. A `console=` of the user's replaces
 * ours.
 */

export interface CommandLineParts {
  /** Whether this is for the kernel that comes with colinux. */
  readonly embedded: boolean;
  readonly root?: string | undefined;
  readonly kernelWords?: readonly string[] | undefined;
}

export function commandLineFor({ embedded, root, kernelWords = [] }: CommandLineParts): string {
  const ours = embedded ? ["quiet", "console=hvc0"] : ["console=ttyS0", "earlycon=sbi"];
  const words = kernelWords.some(isConsole) ? ours.filter((word) => !isConsole(word)) : ours;
  if (root !== undefined) words.push(`root=${root}`);
  return [...words, ...kernelWords].map(quoted).join(" ");
}

function isConsole(word: string): boolean {
  return word.startsWith("console=");
}

/** The kernel takes quotes around a value that holds blanks [linux Documentation: admin-guide/kernel-parameters]. */
function quoted(word: string): string {
  if (!/\s/.test(word)) return word;
  const split = word.indexOf("=") + 1;
  return `${word.slice(0, split)}"${word.slice(split)}"`;
}
