/*
 * Which QEMU, and where its parts lie once Debian's packages are unpacked side by side into one folder.
 *
 *     usr/bin/qemu-system-riscv64     the program
 *     usr/share/qemu                  its firmware, OpenSBI among it
 *     usr/lib/<triplet>               the libraries of its own release of Debian, their ld.so included
 *     usr/lib/<triplet>/qemu          its modules
 *     version                         what `--version` says, written last (ours)
 */

import { Failure } from "../../../kernels/failure.js";

export const SUITE = "trixie";
export const PACKAGES = ["qemu-system-riscv", "qemu-system-common", "qemu-system-data", "opensbi"];
/** Raise it when another layout is to be made. */
export const LAYOUT_VERSION = "1";

/** What a kind of host is called. */
export interface HostArchitecture {
  readonly debian: string;
  /** The folder of its libraries. */
  readonly triplet: string;
  /** The dynamic linker of its C library. */
  readonly linker: string;
}

/** By the names of `process.arch`. */
const ARCHITECTURES: Readonly<Record<string, HostArchitecture>> = {
  x64: { debian: "amd64", triplet: "x86_64-linux-gnu", linker: "ld-linux-x86-64.so.2" },
  arm64: { debian: "arm64", triplet: "aarch64-linux-gnu", linker: "ld-linux-aarch64.so.1" },
  riscv64: { debian: "riscv64", triplet: "riscv64-linux-gnu", linker: "ld-linux-riscv64-lp64d.so.1" },
  ppc64: { debian: "ppc64el", triplet: "powerpc64le-linux-gnu", linker: "ld64.so.2" },
  s390x: { debian: "s390x", triplet: "s390x-linux-gnu", linker: "ld64.so.1" },
};

/** The kind of this host. Throws a Failure on one that Debian has no QEMU for. */
export function hostArchitecture(name: string = process.arch): HostArchitecture {
  const found = ARCHITECTURES[name];
  if (found !== undefined) return found;
  throw new Failure("HOST_UNSUITABLE", `Debian ${SUITE} has no QEMU for "${name}", which this machine is.`);
}
