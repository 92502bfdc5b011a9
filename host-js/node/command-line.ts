/*
 * The kernel's command line.
 *
 * Ours says where the console is and keeps boot quiet. Another kernel's boot is shown, from its first words on. A `console=` of the
 * user's replaces ours.
 */

export interface CommandLineParts {
  /** Whether this is for the kernel that comes with colinux. */
  readonly embedded: boolean;
  readonly root?: string | undefined;
  readonly kernelWords?: readonly string[] | undefined;
}

export function commandLineFor({ embedded, root, kernelWords = [] }: CommandLineParts): string {
  const words = embedded ? ["quiet"] : ["earlycon=sbi"];
  if (!kernelWords.some((word) => word.startsWith("console="))) words.push("console=hvc0");
  if (root !== undefined) words.push(`root=${root}`);
  return [...words, ...kernelWords].map(quoted).join(" ");
}

/** The kernel takes quotes around a value that holds blanks [linux Documentation: admin-guide/kernel-parameters]. */
function quoted(word: string): string {
  if (!/\s/.test(word)) return word;
  const split = word.indexOf("=") + 1;
  return `${word.slice(0, split)}"${word.slice(split)}"`;
}
