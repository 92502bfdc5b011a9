/*
 * What `colinux create` leaves on the disk, and what it leaves beside it when it is interrupted or cannot go on.
 */

import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { cacheRoot } from "../../kernels/cache.js";
import { check } from "../storage/ext4.js";
import { colinux } from "../support/command.js";
import { temporaryFolder } from "../support/folder.js";
import { Session } from "../support/session.js";
import { copyImage, debianImage, INCLUDE, Login } from "./image.js";

const folder = temporaryFolder();

describe("a new image", () => {
  const image = join(folder, "new.img");
  let login: Login;

  beforeAll(async () => {
    copyImage(await debianImage(), image);
    expect(await check(image)).toEqual([]);
    login = await Login.on(image, ["root=/dev/cobd0"]);
  }, 3_600_000);

  test.each(["passwd", "util-linux", "mount", "libpam-modules-bin", "base-files"])(
    "has the owners and modes of the package %s",
    async (name) => {
      const listed = contentsOf(name);
      expect(listed.length).toBeGreaterThan(3);
      const paths = listed.map(({ path }) => path).join(" ");
      expect((await login.run(`stat -c '%A %U/%G %n' ${paths}`)).trimEnd().split("\n")).toEqual(
        listed.map(({ mode, owner, path }) => `${mode} ${owner} ${path}`),
      );
    },
  );

  test("holds files of nobody's nowhere", async () => {
    expect(await login.run("find / -xdev '(' -nouser -o -nogroup ')'")).toBe("");
  });

  test("is set up, and keeps nothing of the installation", async () => {
    expect(await login.run("cat /etc/fstab")).toMatch(/^UUID=[0-9a-f-]{36} \/ ext4 errors=remount-ro 0 1\n$/);
    expect(await login.run("cat /etc/hostname")).toBe("debian\n");
    expect(await login.run("cat /etc/machine-id")).toMatch(/^[0-9a-f]{32}\n$/);
    expect(await login.run("cat /etc/apt/sources.list.d/*")).toMatch(/^Types: deb\nURIs: \S+\nSuites: trixie\n/);
    expect(
      await login.run("ls /usr/sbin/policy-rc.d /etc/apt/sources.list /etc/ssh/ssh_host_* 2> /dev/null; true"),
    ).toBe("");
    expect(await login.run("ls -A /run/packages /var/cache/apt/archives /mnt 2> /dev/null; true")).not.toContain(
      ".deb",
    );
    expect(await login.run("readlink /vmlinuz /initrd.img")).toMatch(/^boot\/vmlinux-(\S+)\nboot\/initrd\.img-\1\n$/);
    expect(await login.run("readlink /dev/cobd0")).toBe("vda\n");
    expect((await login.powerOff()).code).toBe(0);
  });
});

describe("create", () => {
  test("that is interrupted leaves nothing behind", async () => {
    const session = new Session(["create", "debian", join(folder, "stopped.img")]);
    await session.err.expect(/installing the essential packages/, 500_000);
    expect(readdirSync(folder)).toContain("stopped.img.partial");
    session.process.kill("SIGINT");
    expect((await session.ended).code).toBe(130);
    expect(readdirSync(folder).filter((name) => name.startsWith("stopped"))).toEqual([]);
  });

  test("says how large an image must be, and leaves nothing behind", async () => {
    const words = ["create", "debian", join(folder, "small.img"), "--size", "512M", "--include", INCLUDE];
    const { code, stderr } = await colinux(words);
    expect(stderr).toMatch(/The packages take \d+ MiB unpacked, too much for an image of 512 MiB.\n.*--size 1G\n$/);
    expect(code).toBe(2);
    expect(readdirSync(folder).filter((name) => name.startsWith("small"))).toEqual([]);
  });

  test("of an image that another one makes already waits for it", async () => {
    const path = join(folder, "twice.img");
    const first = new Session(["create", "debian", path]);
    await first.err.expect(/the guest installs them/, 500_000);
    const second = new Session(["create", "debian", path]);
    await second.err.expect(/another colinux is making this image/);
    first.process.kill("SIGTERM");
    expect((await first.ended).code).toBe(143);
    await second.err.expect(/the guest installs them/, 100_000);
    second.process.kill("SIGTERM");
    await second.ended;
    expect(readdirSync(folder).filter((name) => name.startsWith("twice"))).toEqual([]);
  });
});

interface Listed {
  readonly mode: string;
  readonly owner: string;
  readonly path: string;
}

/** The files of a package as it lists them itself. */
function contentsOf(name: string): Listed[] {
  const archives = join(cacheRoot(), "apt", "trixie-riscv64", "archives");
  const newest = readdirSync(archives)
    .filter((file) => file.startsWith(`${name}_`))
    .sort()
    .at(-1);
  const text = execFileSync("dpkg-deb", ["--contents", join(archives, newest!)], { encoding: "utf8" });
  return text.split("\n").flatMap((line) => {
    const [, mode, owner, path] = /^(-\S+) (\S+) +\d+ \S+ \S+ \.(\S+)$/.exec(line) ?? [];
    return path === undefined || path.startsWith("/usr/share") ? [] : [{ mode: mode!, owner: owner!, path }];
  });
}
