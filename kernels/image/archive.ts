/*
 * A Debian package as the guest gets it: the same archive [deb(5)] with its two tar files unpacked. Unpacking costs the host a moment and the
 * guest, whose processor is not as fast, minutes; its dpkg takes both forms alike.
 *
 *     "!<arch>\n"
 *     debian-binary   "2.0\n"
 *     control.tar     what dpkg needs to know
 *     data.tar        the files, up to the end of the archive
 */

import { start } from "../command.js";
import { Failure } from "../failure.js";
import type { ErofsWriter } from "./erofs.js";

const MAGIC = Buffer.from("!<arch>\n");

/** Writes the package at `path` into `image` under `name`. Returns where in the new archive its data.tar begins, and its bytes. */
export async function addUnpacked(
  image: ErofsWriter,
  name: string,
  path: string,
): Promise<{ dataAt: number; dataBytes: number }> {
  image.begin();
  await image.append(MAGIC);
  await addMember(image, "debian-binary", (append) => append(Buffer.from("2.0\n")));
  await addMember(image, "control.tar", (append) => pipe(path, "--ctrl-tarfile", append));
  const data = await addMember(image, "data.tar", (append) => pipe(path, "--fsys-tarfile", append));
  image.end(name);
  return { dataAt: data.at, dataBytes: data.bytes };
}

type Append = (data: Uint8Array) => Promise<void>;

/** One member; its header gets the size once that is known. */
async function addMember(
  image: ErofsWriter,
  name: string,
  write: (append: Append) => Promise<void>,
): Promise<{ at: number; bytes: number }> {
  const headerAt = image.written;
  await image.append(header(name, 0));
  const at = image.written;
  await write((data) => image.append(data));
  const bytes = image.written - at;
  await image.patch(headerAt, header(name, bytes));
  if (bytes % 2 === 1) await image.append(Buffer.from("\n"));
  return { at, bytes };
}

/** The 60 bytes before a member [ar(5)]: name, time, owner, group, mode, size. */
function header(name: string, bytes: number): Buffer {
  const fields = [name.padEnd(16), "0".padEnd(12), "0".padEnd(6), "0".padEnd(6), "100644".padEnd(8)];
  return Buffer.from(`${fields.join("")}${String(bytes).padEnd(10)}\`\n`);
}

/** Has dpkg-deb unpack one of the tar files and passes it on as it comes. */
async function pipe(path: string, which: string, append: Append): Promise<void> {
  const child = start("dpkg-deb", [which, path], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number>((done, fail) => {
    child.on("error", fail);
    child.on("close", (status) => done(status ?? 1));
  });
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  for await (const chunk of child.stdout!) await append(chunk);
  const status = await ended;
  if (status === 0) return;
  throw new Failure("PACKAGE_BROKEN", `Cannot unpack ${path}: ${said.trim().split("\n").at(-1) || `status ${status}`}`);
}
