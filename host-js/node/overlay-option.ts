/*
 * `--overlay FILE` and `--snapshot`: which disks they are about.
 *
 * An overlay is for one disk, so there must be one only that is written to directly; with several, a word says for which. A snapshot is for
 * all: who asks for it wants no file changed.
 */

import { resolve } from "node:path";
import type { Configuration, DiskWord } from "./configuration.js";
import { UsageError } from "./usage-error.js";

/** The configuration with what the options say of its disks. Throws `UsageError`. */
export function withOverlay(
  asked: Configuration,
  { overlay, snapshot = false }: { readonly overlay?: string | undefined; readonly snapshot?: boolean | undefined },
): Configuration {
  if (overlay === undefined && !snapshot) return asked;
  const target = overlay === undefined ? undefined : onlyWritable(overlay, asked);
  const disks = asked.disks.map((disk) => {
    if (disk === undefined || disk.readOnly) return disk;
    return { ...disk, ...(disk === target && { overlay: resolve(overlay!) }), ...(snapshot && { snapshot }) };
  });
  if (snapshot && disks.every((disk) => disk?.snapshot !== true))
    throw new UsageError(
      "--snapshot: there is no disk that could be written.",
      "Expected one, as in cobd0=disk.img --snapshot",
    );
  return { ...asked, disks };
}

function onlyWritable(overlay: string, { disks }: Configuration): DiskWord {
  if (overlay === "") throw new UsageError("--overlay: nothing is given; expected the name of a file.");
  const writable = disks.filter((disk) => disk && !disk.readOnly && disk.overlay === undefined);
  const [first, second] = writable;
  if (first === undefined)
    throw new UsageError(
      `--overlay ${overlay}: there is no disk that it could be for.`,
      "Expected one without ,ro and without an overlay, as in cobd0=disk.img --overlay my.overlay",
    );
  if (second === undefined) return first;
  throw new UsageError(
    `--overlay ${overlay}: ${writable.map((disk) => disk!.word).join(" and ")} can be written, and it is for one of them only.`,
    `Say which, as in ${first.word}=${first.path},overlay=${overlay}`,
  );
}
