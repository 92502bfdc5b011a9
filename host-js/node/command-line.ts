/*
 * The kernel's command line.
 *
 * Ours says where the console is and keeps boot quiet. Another kernel's boot is shown, from its first words on, and its console is the
 * serial port: distributions reach the virtio console through a module, which comes too late. A `console=` of the user's replaces ours.
 */

/** Both consoles are one terminal, on which a login at each would be one too many; other systems pass over words with a dot. */
const ONE_LOGIN = "systemd.mask=serial-getty@hvc0.service";

export interface CommandLineParts {
  /** Whether this is for the kernel that comes with colinux. */
  readonly embedded: boolean;
  readonly root?: string | undefined;
  readonly kernelWords?: readonly string[] | undefined;
}

export function commandLineFor({ embedded, root, kernelWords = [] }: CommandLineParts): string {
  const ours = embedded ? ["quiet", "console=hvc0"] : ["console=ttyS0", ONE_LOGIN, "earlycon=sbi"];
  const words = kernelWords.some(isConsole) ? ours.filter((word) => !isConsole(word) && word !== ONE_LOGIN) : ours;
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
