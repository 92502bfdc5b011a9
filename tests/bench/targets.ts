/*
 * The processors that the benchmark's programs are compiled for: our guest's, and v86's in two ways, with floating point by the x87 and by
 * SSE2. A target has the compiler of Debian for it, and the busybox.
 */

import type { Need } from "../../kernels/debian/host.js";
import { ARCHITECTURE, SUITE } from "../../kernels/rootfs/recipe.js";

export interface Target {
  /** Its folder beside those of the other targets. */
  readonly name: string;
  /** What the names of its compiler's programs begin with. */
  readonly tools: string;
  readonly flags: readonly string[];
  readonly needs: readonly Need[];
  readonly suite: string;
  /** Debian's name of it. */
  readonly architecture: string;
  /** In the package. */
  readonly busybox: string;
}

const native = process.arch === "riscv64";

export const GUEST: Target = {
  name: "riscv64",
  tools: native ? "" : "riscv64-linux-gnu-",
  flags: ["-march=rv64gc"],
  needs: native
    ? [
        { what: "gcc", package: "gcc" },
        { what: "/usr/include/stdio.h", package: "libc6-dev" },
      ]
    : [
        { what: "riscv64-linux-gnu-gcc", package: "gcc-riscv64-linux-gnu" },
        { what: "/usr/riscv64-linux-gnu/lib/libc.a", package: "libc6-dev-riscv64-cross" },
      ],
  suite: SUITE,
  architecture: ARCHITECTURE,
  busybox: "usr/bin/busybox",
};

const I686 = {
  tools: "i686-linux-gnu-",
  needs: [
    { what: "i686-linux-gnu-gcc", package: "gcc-i686-linux-gnu" },
    { what: "/usr/i686-linux-gnu/lib/libc.a", package: "libc6-dev-i386-cross" },
  ],
  /** The last release with a kernel for it. */
  suite: "bookworm",
  architecture: "i386",
  busybox: "bin/busybox",
};

export const X87: Target = { ...I686, name: "x87", flags: ["-march=i686", "-mfpmath=387"] };
export const SSE2: Target = { ...I686, name: "sse2", flags: ["-march=i686", "-msse2", "-mfpmath=sse"] };
