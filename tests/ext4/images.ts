/*
 * Disk images with ext2, ext3 and ext4 by the programs of e2fsprogs, and what these programs read from them.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/folder.js";
import { programPath } from "../support/tools.js";

const PROGRAMS = { mke2fs: programPath("mke2fs"), e2fsck: programPath("e2fsck"), debugfs: programPath("debugfs") };

/** Reason to skip, or false. */
export const missing = Object.values(PROGRAMS).includes(undefined) && "e2fsprogs is not installed";

export const UUID = "01234567-89ab-cdef-0123-456789abcdef";

export class Images {
  private readonly folder = temporaryFolder();
  private count = 0;

  /** An image of `mib` MiB made by mke2fs with `args`, which holds the files of `from`. */
  make(args: readonly string[], mib: number, from?: string): Uint8Array {
    const path = this.path();
    writeFileSync(path, "");
    truncateSync(path, mib << 20);
    const source = from === undefined ? [] : ["-d", from];
    execFileSync(PROGRAMS.mke2fs!, ["-q", "-F", "-U", UUID, ...args, ...source, path], { stdio: "pipe" });
    return this.taken(path);
  }

  /** The image after commands of debugfs. */
  edited(image: Uint8Array, commands: readonly string[]): Uint8Array {
    const path = this.path(image);
    this.debugfs(["-w"], path, commands);
    return this.taken(path);
  }

  /** What debugfs prints for one command. */
  asked(image: Uint8Array, command: string): string {
    const path = this.path(image);
    const text = this.debugfs([], path, [command]);
    rmSync(path);
    return text;
  }

  /** The image after e2fsck has replayed its journal and mended what it found. */
  checked(image: Uint8Array): Uint8Array {
    const path = this.path(image);
    const { status, stdout } = spawnSync(PROGRAMS.e2fsck!, ["-fy", path], { encoding: "utf8" });
    if (status === null || status > 1) throw new Error(`e2fsck ended with ${status}: ${stdout}`);
    return this.taken(path);
  }

  /** The content of files as debugfs reads them; undefined for those that are not there. */
  dumped(image: Uint8Array, names: readonly string[]): (Uint8Array | undefined)[] {
    const path = this.path(image);
    const outputs = names.map(() => this.path());
    this.debugfs(
      [],
      path,
      names.map((name, i) => `dump ${name} ${outputs[i]}`),
    );
    rmSync(path);
    return outputs.map((output) => {
      try {
        return this.taken(output);
      } catch {
        return undefined;
      }
    });
  }

  /** A file of the host, for debugfs and mke2fs to take. */
  path(content?: Uint8Array): string {
    const path = join(this.folder, String(this.count++));
    if (content) writeFileSync(path, content);
    return path;
  }

  private taken(path: string): Uint8Array {
    const bytes = new Uint8Array(readFileSync(path));
    rmSync(path);
    return bytes;
  }

  private debugfs(args: readonly string[], path: string, commands: readonly string[]): string {
    const script = this.path(new TextEncoder().encode(`${commands.join("\n")}\n`));
    const { status, stdout, stderr } = spawnSync(PROGRAMS.debugfs!, [...args, "-f", script, path], {
      encoding: "utf8",
    });
    rmSync(script);
    if (status !== 0) throw new Error(`debugfs ended with ${status}: ${stderr}`);
    return stdout.replace(/^debugfs: .*\n/gm, "");
  }
}
