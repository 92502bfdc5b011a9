import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { LockedError, lockImage, startTime } from "../../host-js/node/file-lock.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder();
let image: string;
let count = 0;

beforeEach(() => {
  image = join(folder, `${count++}.img`);
});

function locks(): string[] {
  return readdirSync(folder).filter((name) => name.startsWith(image.slice(folder.length + 1)));
}

describe("lockImage()", () => {
  test("writes process id, start time and host, and removes them", () => {
    const release = lockImage(image, "write");
    expect(readFileSync(`${image}.lock`, "utf8")).toBe(`${process.pid} ${startTime(process.pid)} ${hostname()}\n`);
    release();
    expect(locks()).toEqual([]);
  });

  test("lets one writer in, and nobody beside it", () => {
    const release = lockImage(image, "write");
    expect(() => lockImage(image, "write")).toThrow(LockedError);
    expect(() => lockImage(image, "read")).toThrow(LockedError);
    expect(locks()).toHaveLength(1);
    release();
    lockImage(image, "read")();
    lockImage(image, "write")();
    expect(locks()).toEqual([]);
  });

  test("lets several readers in, and no writer beside them", () => {
    const readers = [lockImage(image, "read"), lockImage(image, "read")];
    expect(() => lockImage(image, "write")).toThrow(LockedError);
    readers[0]!();
    expect(() => lockImage(image, "write")).toThrow(LockedError);
    readers[1]!();
    lockImage(image, "write")();
    expect(locks()).toEqual([]);
  });

  test("gives its own lock back when it is refused", () => {
    const release = lockImage(image, "read");
    expect(() => lockImage(image, "write")).toThrow(LockedError);
    lockImage(image, "read")();
    release();
    expect(locks()).toEqual([]);
  });

  test("sees through the lock of a process that is gone", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await new Promise((done) => child.on("exit", done));
    writeFileSync(`${image}.lock`, `${child.pid} 1 ${hostname()}\n`);
    writeFileSync(`${image}.lock.${child.pid}-0`, `${child.pid} 1 ${hostname()}\n`);
    lockImage(image, "write")();
    expect(locks()).toEqual([]);
  });

  test("sees through the lock of a process whose id now belongs to another", () => {
    writeFileSync(`${image}.lock`, `${process.pid} 1 ${hostname()}\n`);
    lockImage(image, "write")();
    expect(locks()).toEqual([]);
  });

  test("respects a lock of another computer, and tells its name", () => {
    writeFileSync(`${image}.lock`, `1 1 elsewhere\n`);
    expect(() => lockImage(image, "write")).toThrow("process 1 on elsewhere");
  });

  test("respects an empty lock while it is new, and sees through an old one", () => {
    writeFileSync(`${image}.lock`, "");
    expect(() => lockImage(image, "write")).toThrow(LockedError);
    utimesSync(`${image}.lock`, new Date(0), new Date(0));
    lockImage(image, "write")();
  });

  test("is given back when the process exits", async () => {
    const release = lockImage(image, "write");
    process.emit("exit", 0);
    expect(existsSync(`${image}.lock`)).toBe(false);
    release();
  });
});

describe("startTime()", () => {
  test("is the same while a process lives and undefined when there is none", () => {
    expect(startTime(process.pid)).toMatch(/^\d+$/);
    expect(startTime(process.pid)).toBe(startTime(process.pid));
    expect(startTime(2 ** 22 + 1)).toBeUndefined();
  });
});
