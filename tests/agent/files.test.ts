/*
 * The embedded guest's files, reached by its agent.
 */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { WatchEvent } from "../../host-js/node/index.js";
import { noise } from "../support/noise.js";
import { bootGuest, collect, type Guest, same, say, sh, text } from "./guest.js";

const MIB = 2 ** 20;
const DIR = "/tmp/files";

let guest: Guest;
beforeAll(async () => {
  guest = await bootGuest();
});
afterAll(() => guest.kill());
beforeEach(async () => {
  await guest.files.rm(DIR, { recursive: true, force: true });
  await guest.files.mkdir(DIR);
});

const fails = (errno: string) => ({ code: "guest-file", errno });

describe("content", () => {
  test("comes back as it went, and is what the guest sees", async () => {
    const bytes = noise(5 * MIB + 7);
    await guest.files.writeFile(`${DIR}/a`, bytes);
    expect(same(await guest.files.readFile(`${DIR}/a`), bytes)).toBe(true);
    const { stdout } = await sh(guest, `cat ${DIR}/a`);
    expect(same(stdout, bytes)).toBe(true);
  });

  test("is replaced, appended to, or only created", async () => {
    const path = `${DIR}/a`;
    await guest.files.writeFile(path, "one two");
    await guest.files.writeFile(path, "Ünö");
    await guest.files.writeFile(path, "!", { how: "append" });
    expect(text(await guest.files.readFile(path))).toBe("Ünö!");
    await expect(guest.files.writeFile(path, "x", { how: "create" })).rejects.toMatchObject(fails("EEXIST"));
    await guest.files.writeFile(`${DIR}/b`, "", { how: "create", mode: 0o600 });
    expect(await guest.files.stat(`${DIR}/b`)).toMatchObject({ size: 0, mode: 0o600 });
  });

  test("is read in part", async () => {
    await guest.files.writeFile(`${DIR}/a`, "0123456789");
    expect(text(await guest.files.readFile(`${DIR}/a`, { offset: 3, length: 4 }))).toBe("3456");
    expect(text(await guest.files.readFile(`${DIR}/a`, { offset: 8 }))).toBe("89");
    expect((await guest.files.readFile(`${DIR}/a`, { offset: 100 })).length).toBe(0);
    expect((await guest.files.readFile(`${DIR}/a`, { length: 0 })).length).toBe(0);
  });

  test("of files that have no size is read, too", async () => {
    expect(text(await guest.files.readFile("/proc/self/comm"))).toBe("colinux-agent\n");
  });

  test("goes piece by piece in streams", async () => {
    const bytes = noise(3 * MIB);
    const stream = await guest.files.writeStream(`${DIR}/a`);
    const writer = stream.getWriter();
    for (let at = 0; at < bytes.length; at += 100_000) await writer.write(bytes.subarray(at, at + 100_000));
    await writer.close();
    expect(same(await collect(await guest.files.readStream(`${DIR}/a`)), bytes)).toBe(true);
  });

  test("of which only the beginning is read leaves nothing behind", async () => {
    await guest.files.writeFile(`${DIR}/a`, noise(4 * MIB));
    const reader = (await guest.files.readStream(`${DIR}/a`)).getReader();
    await reader.read();
    await reader.cancel();
    const children = "ps -o comm | grep -c '^colinux-agent'";
    expect(
      await say(guest, `for i in 1 2 3 4 5; do [ $(${children}) = 1 ] && break; sleep 0.1; done; ${children}`),
    ).toBe("1\n");
  });

  test("that finds no room is an error, not a short file", async () => {
    await sh(guest, `mkdir ${DIR}/small; mount -t tmpfs -o size=1m none ${DIR}/small`);
    await expect(guest.files.writeFile(`${DIR}/small/a`, noise(8 * MIB))).rejects.toMatchObject(fails("ENOSPC"));
    await sh(guest, `umount ${DIR}/small`);
  });
});

describe("names", () => {
  test("are listed with types", async () => {
    await sh(guest, `cd ${DIR}; echo > 'a b'; mkdir d; ln -s nowhere l; mkfifo p; echo > é`);
    const entries = await guest.files.readdir(DIR);
    expect(Object.fromEntries(entries.map(({ name, type }) => [name, type]))).toEqual({
      "a b": "file",
      d: "directory",
      l: "symlink",
      p: "fifo",
      é: "file",
    });
    expect(await guest.files.readdir(`${DIR}/d`)).toEqual([]);
  });

  test("are listed, however many", async () => {
    await sh(guest, `cd ${DIR}; seq 10001 15000 | sed 's/^/a-rather-long-name-of-a-file-/' | xargs touch`);
    const names = (await guest.files.readdir(DIR)).map(({ name }) => name).sort();
    expect(names).toHaveLength(5000);
    expect(names[4999]).toBe("a-rather-long-name-of-a-file-15000");
    await guest.files.rm(DIR, { recursive: true });
    await expect(guest.files.stat(DIR)).rejects.toMatchObject(fails("ENOENT"));
  });

  test("are described", async () => {
    await sh(
      guest,
      `cd ${DIR}; echo -n 12345 > a; chown 12:34 a; chmod 4750 a; touch -d @1234567890 a; ln a b; ln -s a l`,
    );
    const stat = await guest.files.stat(`${DIR}/l`);
    expect(stat).toMatchObject({ type: "file", mode: 0o4750, links: 2, uid: 12, gid: 34, size: 5 });
    expect(stat.modifiedMs).toBe(1234567890_000);
    expect(Math.abs(stat.changedMs - Date.now())).toBeLessThan(600_000);
    expect(stat.inode).toBe((await guest.files.lstat(`${DIR}/b`)).inode);
    expect(await guest.files.lstat(`${DIR}/l`)).toMatchObject({ type: "symlink", size: 1 });
    expect(await guest.files.stat("/dev/null")).toMatchObject({ type: "character" });
  });

  test("are made, moved, linked and removed", async () => {
    const { files } = guest;
    await files.mkdir(`${DIR}/x/y/z`, { recursive: true, mode: 0o700 });
    await files.mkdir(`${DIR}/x/y/z`, { recursive: true });
    expect(await files.stat(`${DIR}/x/y`)).toMatchObject({ type: "directory", mode: 0o700 });
    await files.writeFile(`${DIR}/x/y/z/f`, "f");
    await files.rename(`${DIR}/x/y`, `${DIR}/moved`);
    await files.symlink("moved/z/f", `${DIR}/link`);
    expect(await files.readlink(`${DIR}/link`)).toBe("moved/z/f");
    expect(text(await files.readFile(`${DIR}/link`))).toBe("f");
    await files.chmod(`${DIR}/moved/z/f`, 0o640);
    expect(await files.stat(`${DIR}/link`)).toMatchObject({ mode: 0o640 });
    await files.symlink("/etc", `${DIR}/moved/etc`);
    await files.rm(`${DIR}/moved`, { recursive: true });
    expect((await files.readdir(DIR)).map(({ name }) => name).sort()).toEqual(["link", "x"]);
    // Removing a tree follows no link out of it.
    expect(await files.stat("/etc/passwd")).toMatchObject({ type: "file" });
  });
});

describe("what cannot be done says why", () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ["reading nothing", () => guest.files.readFile(`${DIR}/no`), "ENOENT"],
    ["reading a directory", () => guest.files.readFile(DIR), "EISDIR"],
    ["writing into no directory", () => guest.files.writeFile(`${DIR}/no/a`, "x"), "ENOENT"],
    ["writing a directory", () => guest.files.writeFile(DIR, "x"), "EISDIR"],
    ["listing a file", () => guest.files.readdir("/etc/passwd"), "ENOTDIR"],
    ["making what is there", () => guest.files.mkdir(DIR), "EEXIST"],
    ["making a directory below a file", () => guest.files.mkdir("/etc/passwd/x", { recursive: true }), "ENOTDIR"],
    ["making a directory over a file", () => guest.files.mkdir("/etc/passwd", { recursive: true }), "EEXIST"],
    ["removing nothing", () => guest.files.rm(`${DIR}/no`), "ENOENT"],
    ["removing a directory as a file", () => guest.files.rm(DIR), "EISDIR"],
    ["renaming nothing", () => guest.files.rename(`${DIR}/no`, `${DIR}/b`), "ENOENT"],
    ["reading the link that is none", () => guest.files.readlink(DIR), "EINVAL"],
    ["watching nothing", () => guest.files.watch(`${DIR}/no`), "ENOENT"],
    ["an empty path", () => guest.files.stat(""), "ENOENT"],
  ])("%s", async (_, action, errno) => {
    await expect(action()).rejects.toMatchObject(fails(errno));
  });

  test("a path that is none", async () => {
    await expect(guest.files.readFile("a\0b")).rejects.toMatchObject({ code: "exec-argument" });
  });
});

describe("a watch", () => {
  /** Events until one has this type. */
  async function eventsUntil(reader: ReadableStreamDefaultReader<WatchEvent>, type: string): Promise<WatchEvent[]> {
    const events: WatchEvent[] = [];
    while (events.at(-1)?.type !== type) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`The watch ended after ${JSON.stringify(events)}`);
      events.push(value);
    }
    return events;
  }

  test("tells what happens in a directory", async () => {
    const reader = (await guest.files.watch(DIR)).getReader();
    await sh(guest, `cd ${DIR}; echo x > a; mv a b; rm b`);
    const events = await eventsUntil(reader, "delete");
    expect(events.map(({ type, name }) => `${type} ${name}`)).toEqual([
      "create a",
      "modify a",
      "close-write a",
      "move-from a",
      "move-to b",
      "delete b",
    ]);
    expect(events[3]!.cookie).toBe(events[4]!.cookie);
    await reader.cancel();
  });

  test("ends with what it watches", async () => {
    const reader = (await guest.files.watch(DIR)).getReader();
    await guest.files.rm(DIR, { recursive: true });
    await eventsUntil(reader, "gone");
    expect(await reader.read()).toEqual({ done: true, value: undefined });
    await guest.files.mkdir(DIR);
  });

  test("is aborted", async () => {
    const controller = new AbortController();
    const reader = (await guest.files.watch(DIR, { signal: controller.signal })).getReader();
    const read = reader.read();
    controller.abort();
    await expect(read).rejects.toMatchObject({ code: "aborted" });
  });
});

test("many requests at once are all answered", async () => {
  const all = Array.from({ length: 100 }, async (_, i) => {
    await guest.files.writeFile(`${DIR}/${i}`, `content ${i}`);
    return text(await guest.files.readFile(`${DIR}/${i}`));
  });
  expect(await Promise.all(all)).toEqual(Array.from({ length: 100 }, (_, i) => `content ${i}`));
});
