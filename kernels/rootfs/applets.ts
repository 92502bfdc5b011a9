/*
 * Which commands a busybox binary has. It prints the list itself, but only on the processor it was built for; so the list
 * is read out of the binary, where it stands as sorted names with a NUL after each, an empty name at the end, and "[" and
 * "[[" as the first two.
 */

/** Names of the applets in `busybox`, an ELF file. Throws when there is no list. */
export function appletsOf(busybox: Uint8Array): string[] {
  const bytes = Buffer.from(busybox.buffer, busybox.byteOffset, busybox.byteLength);
  let at = bytes.indexOf("[\0[[\0");
  const names: string[] = [];
  while (at >= 0) {
    const end = bytes.indexOf(0, at);
    if (end <= at) break;
    names.push(bytes.toString("latin1", at, end));
    at = end + 1;
  }
  if (names.length < 100 || !names.includes("sh")) throw new Error("busybox: the list of its applets was not found");
  return names;
}
