/*
 * Which of two kernels is the newer one, by their versions as in 6.12.107+deb13-riscv64: in Debian's order, which knows that 6.12.9 comes before
 * 6.12.10 and 6.13-rc1 before 6.13 [linux-base: DebianLinux.pm, version_cmp].
 */

const PRE_RELEASE = /^-(?:rc|trunk)$/;

/** Negative when `a` is older than `b`, 0 when they are the same. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i], right[i]];
    const early = Number(y !== undefined && PRE_RELEASE.test(y)) - Number(x !== undefined && PRE_RELEASE.test(x));
    if (early !== 0) return early;
    if (x === undefined) return -1;
    if (y === undefined) return 1;
    const difference = /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) : x < y ? -1 : x > y ? 1 : 0;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Numbers, and what is between them, cut before each hyphen. */
function partsOf(version: string): string[] {
  return version.match(/\d+|-?[^-\d]+|-/g) ?? [];
}
