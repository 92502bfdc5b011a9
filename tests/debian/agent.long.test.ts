/*
 * The agent in an image that `colinux create` made: started by systemd under our kernel and under Debian's, which loads its drivers as
 * modules, and out of reach for everybody in the guest.
 */

import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { PROTOCOL } from "../../host-js/common/agent/protocol.js";
import { bootGuest, type Guest, same, say, sh, text } from "../agent/guest.js";
import { noise } from "../support/noise.js";
import { BOOT_MS, debianImage } from "./image.js";

const { PORT, HELLO_PORT_FIRST, REQUEST_LIST } = PROTOCOL;
const MIB = 2 ** 20;
const HOST = 2;
const KERNELS = [
  { name: "our kernel", options: {} },
  { name: "Debian's kernel", options: { kernel: { disk: 0 } } },
];

// perl can make such sockets, and is there in any case.
let image: string;
beforeAll(async () => {
  image = await debianImage("perl-base");
}, 3_600_000);

let guest: Guest;
/** How often an agent has come. */
let greetings: number;
afterEach(() => guest.kill());

async function boot(options: object): Promise<void> {
  const disks = [{ path: image, snapshot: true }];
  const onReady = () => greetings++;
  greetings = 0;
  guest = await bootGuest({ ramBytes: 512 * MIB, disks, root: { disk: 0 }, onReady, ...options });
  await guest.ready({ readyTimeout: BOOT_MS });
}

/** Perl that asks the agent at an address for a listing of /, from a port of its own if that is given. */
function intruder(cid: number, from?: number): string {
  const name = (port: number, to: number | string) => `pack("SSLLx4", 40, 0, ${port}, ${to})`;
  const bind = from === undefined ? "" : `bind(S, ${name(from, 0xffffffff)}) || die "bind: $!";`;
  return `$SIG{PIPE} = "IGNORE"; alarm 60; socket(S, 40, 1, 0) || die "socket: $!"; ${bind}
    connect(S, ${name(PORT, cid)}) || die "connect: $!";
    syswrite(S, pack("LLLZ*", ${REQUEST_LIST}, 6, 2, "/"));
    print "got ", sysread(S, $answer, 1000) || 0;`;
}

describe.each(KERNELS)("Debian under $name", ({ options }) => {
  test("runs programs and serves files for the host", { timeout: 2 * BOOT_MS }, async () => {
    await boot(options);
    expect(await say(guest, "systemctl is-system-running --wait")).toBe("running\n");
    expect(await say(guest, "systemctl is-active colinux-agent")).toBe("active\n");
    const bytes = noise(5 * MIB);
    expect(same((await (await guest.exec(["cat"], { stdin: bytes })).output()).stdout, bytes)).toBe(true);
    await guest.files.writeFile("/root/a", bytes);
    expect(same(await guest.files.readFile("/root/a"), bytes)).toBe(true);
    const groups = await say(guest, "id -un; id -Gn; pwd", { user: "backup", cwd: "/tmp" });
    expect(groups).toBe("backup\nbackup\n/tmp\n");

    // systemd ends what the agent runs with it, and starts it again.
    const program = await guest.exec(["sleep", "1000"]);
    await guest.exec(["systemctl", "--no-block", "restart", "colinux-agent"]);
    await expect(program.exited).rejects.toMatchObject({ code: "agent-lost" });
    await expect.poll(() => greetings, { timeout: BOOT_MS }).toBe(2);
    expect((await sh(guest, `[ -d /proc/${program.pid} ]`)).code).toBe(1);
  });

  test("lets nobody in the guest use it or pass for it", { timeout: 2 * BOOT_MS }, async () => {
    await boot(options);
    const attempt = async (user: string, ...how: Parameters<typeof intruder>) => {
      const { stdout, stderr } = await (await guest.exec(["perl", "-e", intruder(...how)], { user })).output();
      return text(stdout) + text(stderr);
    };
    for (const cid of [1, 3]) {
      // Where the kernel has no loopback it cannot even be asked.
      expect(await attempt("nobody", cid)).toMatch(/^got 0$|^connect: (No such device|Connection reset)/);
    }
    expect(await attempt("nobody", HOST)).toMatch(/^connect: Connection reset|^got 0$/);
    expect(await attempt("nobody", HOST, HELLO_PORT_FIRST + 1)).toMatch(/^bind: Permission denied/);
    expect(await say(guest, "echo still here")).toBe("still here\n");
  });
});
