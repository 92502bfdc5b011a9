import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FileStorage } from "../../host-js/node/file-storage.js";
import { storageContract } from "../contracts/storage.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder();
const image = join(folder, "contract.img");

storageContract("FileStorage", {
  open: (bytes) => {
    if (bytes) writeFileSync(image, bytes);
    return FileStorage.open(image);
  },
  openReadOnly: () => FileStorage.open(image, { readOnly: true }),
});

function file(name: string, bytes: number): string {
  const path = join(folder, name);
  writeFileSync(path, new Uint8Array(bytes));
  return path;
}

function refusal(path: string, readOnly = false): { code: string; message: string } {
  try {
    void FileStorage.open(path, { readOnly }).close();
  } catch (error) {
    return error as { code: string; message: string };
  }
  return { code: "opened", message: "" };
}

describe("FileStorage.open()", () => {
  test.each([
    ["a missing file", () => join(folder, "absent.img"), "file-missing"],
    ["a folder", () => folder, "file-kind"],
    ["a device", () => "/dev/null", "file-kind"],
    ["an empty file", () => file("empty.img", 0), "disk-size"],
    ["a file of odd size", () => file("odd.img", 1000), "disk-size"],
  ])("refuses %s", (_, path, code) => {
    const before = readdirSync(folder);
    const refused = refusal(path());
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(path());
    expect(refused.message.split("\n").length).toBeLessThanOrEqual(3);
    expect(readdirSync(folder).filter((name) => name.includes(".lock"))).toEqual(
      before.filter((name) => name.includes(".lock")),
    );
  });

  test.skipIf(process.getuid?.() === 0 && "root may write to any file")(
    "refuses to write to a file that is read-only",
    () => {
      const path = file("read-only.img", 512);
      chmodSync(path, 0o444);
      expect(refusal(path).code).toBe("file-access");
      expect(refusal(path, true).code).toBe("opened");
    },
  );

  test("finds the same lock through a symbolic link", async () => {
    const path = file("real.img", 1024);
    mkdirSync(join(folder, "links"));
    const link = join(folder, "links", "link.img");
    symlinkSync(path, link);
    const storage = FileStorage.open(path);
    expect(refusal(link).code).toBe("disk-locked");
    await storage.close();
    expect(refusal(link).code).toBe("opened");
  });
});

describe("FileStorage.open() of a hard link", () => {
  test("refuses to write it, which a lock by path could not guard, and lets it be read", () => {
    const path = file("first-name.img", 1024);
    const other = join(folder, "second-name.img");
    linkSync(path, other);
    for (const name of [path, other]) {
      expect(refusal(name)).toMatchObject({ code: "file-kind", message: expect.stringContaining("hard links") });
      expect(refusal(name, true).code).toBe("opened");
    }
  });
});

describe("FileStorage of an image that was made shorter while in use", () => {
  test("refuses to read what is gone, and from then on to write", async () => {
    const path = file("shorter.img", 1 << 20);
    const storage = FileStorage.open(path);
    truncateSync(path, 512);
    expect(() => storage.read(4096, new Uint8Array(512))).toThrow(`${path} was made shorter`);
    await expect(storage.read(0, new Uint8Array(1 << 20))).rejects.toThrow("made shorter");
    expect(() => storage.write(0, new Uint8Array(512))).toThrow("made shorter");
    storage.read(0, new Uint8Array(512));
    await storage.close();
    expect(statSync(path).size).toBe(512);
  });

  test("refuses to flush", async () => {
    const path = file("shorter-flush.img", 1 << 20);
    const storage = FileStorage.open(path);
    truncateSync(path, 512);
    await expect(storage.flush()).rejects.toMatchObject({ code: "made-shorter" });
    await storage.close();
  });

  test("does not mind a longer one", async () => {
    const path = file("longer.img", 512);
    const storage = FileStorage.open(path);
    truncateSync(path, 1024);
    await storage.flush();
    await storage.close();
  });
});

describe("FileStorage of an image that was deleted while in use", () => {
  test("refuses to flush, and from then on to write, but reads what there was", async () => {
    const path = file("deleted.img", 1024);
    const storage = FileStorage.open(path);
    rmSync(path);
    await storage.write(512, new Uint8Array(512).fill(7));
    await expect(storage.flush()).rejects.toMatchObject({ code: "deleted", message: expect.stringContaining(path) });
    expect(() => storage.write(512, new Uint8Array(512))).toThrow("deleted");
    await expect(storage.flush()).rejects.toThrow("deleted");
    const into = new Uint8Array(512);
    await storage.read(512, into);
    expect(into).toEqual(new Uint8Array(512).fill(7));
    await storage.close();
    expect(readdirSync(folder).filter((name) => name.startsWith("deleted"))).toEqual([]);
  });

  test("tells from where it can be saved", async () => {
    const path = file("saved.img", 1024);
    const storage = FileStorage.open(path);
    rmSync(path);
    const message = await (storage.flush() as Promise<void>).then(
      () => "",
      (error: Error) => error.message,
    );
    const source = /cp (\S+) COPY/.exec(message)?.[1];
    if (process.platform === "linux") expect(readFileSync(source!)).toEqual(Buffer.alloc(1024));
    await storage.close();
  });

  test("does not mind another name", async () => {
    const path = file("old-name.img", 1024);
    const storage = FileStorage.open(path);
    renameSync(path, join(folder, "new-name.img"));
    await storage.flush();
    await storage.close();
  });
});
