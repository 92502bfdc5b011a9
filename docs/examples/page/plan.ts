/*
 * What the page boots, as its address says:
 *
 *     (nothing)                       the small system that comes with colinux, with /root on a disk that the browser keeps
 *     ?disk=URL                       a disk image on a server that knows ranges, with our kernel; the browser keeps what is written to it
 *     ?disk=URL&kernel=URL&initrd=URL the same with another kernel
 *     &mem=512  &root=/dev/vda1  &keep=NAME
 */

import type { BootOptions } from "colinux/browser";
import initrd from "colinux/initramfs.gz?url";
import kernel from "colinux/kernel.gz?url";

const MIB = 2 ** 20;
const HOME = "home";
/** What an image of that size costs to be exported is bearable. */
const HOME_BYTES = 2 ** 30;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;
const NAME_MAX = 90;

/** What to boot, and what the browser keeps of it. */
export interface Plan {
  readonly options: Pick<BootOptions, "kernel" | "initrd" | "ramBytes" | "commandLine" | "disks" | "home">;
  /** The disk that the browser keeps for it. */
  readonly keeps: string | undefined;
  /** What the footer says of it. */
  readonly about: string;
  /** What to boot when its disk cannot be had, and how to offer that. */
  readonly instead: { readonly offer: string; plan(): Plan };
}

/** The address says something that cannot be done; the message says what. */
export class BadAddress extends Error {}

type Words = ReadonlyMap<string, string>;
type Word = "disk" | "kernel" | "initrd" | "root" | "mem" | "keep";

const WORDS: Readonly<Record<Word, (word: Word, value: string) => void>> = {
  disk: checkAddress,
  kernel: checkAddress,
  initrd: checkAddress,
  root: (word, value) =>
    expect(/^\S+$/.test(value), word, value, "a device of the guest, such as /dev/vda or UUID=..."),
  mem: (word, value) =>
    expect(/^\d+$/.test(value) && +value >= 16 && +value <= 3584, word, value, "memory in MiB, from 16 to 3584"),
  keep: (word, value) =>
    expect(NAME.test(value), word, value, "1 to 100 letters, digits, dots, hyphens and underscores"),
};

/** Reads the part of the address behind "?". Throws BadAddress. */
export function planOf(search: string): Plan {
  const words = new Map<string, string>();
  for (const [word, value] of new URLSearchParams(search)) {
    if (!(word in WORDS))
      throw new BadAddress(`"${word}" means nothing here; expected ${Object.keys(WORDS).join(", ")}.`);
    if (words.has(word)) throw new BadAddress(`"${word}" is there twice; leave one out.`);
    WORDS[word as Word](word as Word, value);
    words.set(word, value);
  }
  return words.has("disk") ? imagePlan(words, words.get("keep") ?? nameOf(words.get("disk")!)) : smallPlan(words);
}

function smallPlan(words: Words): Plan {
  for (const word of ["keep", "root"])
    if (words.has(word)) throw new BadAddress(`"${word}" needs a disk: ?disk=ADDRESS&${word}=${words.get(word)}`);
  const options = { ...bootFiles(words, initrd), ramBytes: mib(words.get("mem") ?? "256") };
  const inMemory: Plan = {
    options,
    keeps: undefined,
    about: "/root is in memory",
    instead: { offer: "Start without it", plan: () => inMemory },
  };
  return {
    options: { ...options, home: { keep: HOME, bytes: HOME_BYTES } },
    keeps: HOME,
    about: "/root is kept in this browser",
    instead: inMemory.instead,
  };
}

function imagePlan(words: Words, keep: string): Plan {
  const image = words.get("disk")!;
  const { commandLine, ...files } = bootFiles(words, undefined);
  return {
    options: {
      ...files,
      ramBytes: mib(words.get("mem") ?? "512"),
      commandLine: `${commandLine} root=${words.get("root") ?? "/dev/vda"} rw`,
      disks: [{ image: new URL(image, document.baseURI), keep }],
    },
    keeps: keep,
    about: `${image.replace(/^.*\//, "")}, with changes kept in this browser`,
    instead: { offer: "Start a copy of its own", plan: () => imagePlan(words, nextName(keep)) },
  };
}

/** Ours has its console where it is fastest; other kernels find that too late, and take the serial one, on which alone systemd is to have a login. */
function bootFiles(words: Words, smallSystem: string | undefined) {
  const ownKernel = words.get("kernel");
  const ownInitrd = words.get("initrd");
  const console =
    ownKernel === undefined
      ? "quiet console=hvc0"
      : "console=ttyS0 systemd.mask=serial-getty@hvc0.service earlycon=sbi";
  const term = "xterm-256color";
  const from = ownInitrd ?? smallSystem;
  return {
    kernel: ownKernel ?? kernel,
    ...(from !== undefined && { initrd: from }),
    commandLine: `${console} TERM=${term} systemd.tty.term.hvc0=${term} systemd.tty.term.ttyS0=${term}`,
  };
}

/** The same image is the same disk again: images.example-debian.img. */
function nameOf(image: string): string {
  const { host, pathname } = new URL(image, document.baseURI);
  return `${host}${pathname}`
    .replace(/[^A-Za-z0-9._]+/g, "-")
    .slice(-NAME_MAX)
    .replace(/^[^A-Za-z0-9_]+/, "");
}

function nextName(name: string): string {
  const [, stem, number] = /^(.*?)(?:\.(\d+))?$/.exec(name)!;
  return `${stem}.${Number(number ?? 1) + 1}`;
}

function mib(text: string): number {
  return Number(text) * MIB;
}

function checkAddress(word: Word, value: string): void {
  const known = URL.canParse(value, document.baseURI) && /^https?:$/.test(new URL(value, document.baseURI).protocol);
  expect(known && value !== "", word, value, "an address that begins with https:, or with where the page is");
}

function expect(good: boolean, word: Word, value: string, expected: string): void {
  if (!good) throw new BadAddress(`${word}=${value}: expected ${expected}.`);
}
