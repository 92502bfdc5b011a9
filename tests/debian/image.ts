/*
 * A Debian image as `colinux create` makes it, and sessions in it.
 *
 * Making one takes up to a quarter of an hour and 300 MB of packages, so it is made once and kept in the cache, under a hash of what it is made
 * with: kernels/image, the agent and the list of packages. Delete $XDG_CACHE_HOME/colinux/tests/debian-* to have it made anew.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { agentRecipe } from "../../kernels/agent/recipe.js";
import { cacheRoot, hashOf, kernelsRoot, locked, publish } from "../../kernels/cache.js";
import { colinux } from "../support/command.js";
import { Session } from "../support/session.js";

export const INCLUDE = "gcc,libc6-dev,make,python3,perl,git,procps,less,vim-tiny";

/** A boot to the login on a busy machine; Debian's kernel loads its drivers as modules. */
export const BOOT_MS = 400_000;
/** For a command in the guest. */
export const COMMAND_MS = 300_000;

/** The path of the image with the packages of `include`, which is for copying only. */
export async function debianImage(include = INCLUDE): Promise<string> {
  const dir = join(cacheRoot(), "tests", `debian-${hashOf([include, agentRecipe().hash, ...sources()])}`);
  const path = join(dir, "disk.img");
  const say = (text: string) => console.error(`tests: ${text}`);
  await locked(
    `${dir}.lock`,
    () => say("waiting for the Debian image"),
    async () => {
      if (existsSync(path)) return;
      say(`making a Debian image with ${include}, about 15 min; it is kept in ${dir}`);
      await publish(dir, async (folder) => {
        const { code, stderr } = await colinux(["create", "debian", join(folder, "disk.img"), "--include", include]);
        if (code !== 0) throw new Error(stderr);
      });
    },
  );
  return path;
}

/** What stands in kernels/image. */
function sources(): Buffer[] {
  const folder = join(kernelsRoot(), "image");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((file) => readFileSync(join(file.parentPath, file.name)));
}

/** A copy that takes no more room than what is in it. */
export function copyImage(from: string, to: string): void {
  execFileSync("cp", ["--sparse=always", from, to]);
}

/** The command with an image, logged in as root. */
export class Login extends Session {
  static async on(image: string, words: readonly string[] = []): Promise<Login> {
    const login = new Login(["mem=512", `cobd0=${image}`, ...words]);
    await login.enter();
    return login;
  }

  /** Waits for the login, as after the start and after a reboot, and logs in. */
  async enter(): Promise<void> {
    await this.out.expect(/ login: /, BOOT_MS);
    this.type("root\n");
    await this.out.expect(/root@debian:~# /, BOOT_MS);
    this.type("stty -echo; PS1='ready # '\n");
    await this.out.expect(/ready # $/, COMMAND_MS);
  }

  override run(command: string, timeoutMs = COMMAND_MS): Promise<string> {
    return super.run(command, timeoutMs);
  }
}
