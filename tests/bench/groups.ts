/*
 * What is measured: groups, and the programs of each as command lines of the guest's shell.
 *
 * Every command prints "@B name" when it begins and "@R name ... checksum" when it is done. `after` is run without being
 * timed; both must end with status 0. What they print counts as part of the checksum.
 */

export interface Program {
  readonly name: string;
  readonly command: string;
  readonly after?: string;
}

export interface Group {
  /** Empty for boot, which is no command. */
  readonly programs: readonly Program[];
  /** Words for the rvb in WebAssembly: the same work, of programs that mean the same there. */
  readonly wasm?: readonly string[];
  /** Whether the guest has the disk image of disk.ts as /dev/vda. */
  readonly disk?: boolean;
}

export type GroupName = "int" | "mem" | "fp" | "code" | "sys" | "busybox" | "tree" | "copy" | "boot" | "disk";

const INT = ["sieve", "sha256", "crc32", "qsort", "lz", "hash", "vm", "imatmul", "mix64", "fib"];
const MEM = ["memcpy_big", "memcpy_mis", "memcpy_48", "memset_big", "chase_16k", "chase_16m", "triad", "alias"];
const FP = ["nbody", "dmatmul", "mandel", "fft"];
const CODE = ["cold", "tepid", "icall"];
const SYS = ["clock", "getppid", "pipe", "signal", "fault", "file", "fork", "exec"];

/**
 * How much of its basic work each test of rvb does: enough for QEMU to take 0.1 s or more, so that neither the millisecond of the console
 * nor a tick of the host's scheduler matters. "cold" and "tepid" are not scaled.
 */
const SCALE = { int: 4, mem: 4, fp: 2, code: 1, sys: 5, io: 4 };

export const GROUPS: Readonly<Record<GroupName, Group>> = {
  int: tests(SCALE.int, INT, INT),
  mem: tests(SCALE.mem, MEM, MEM),
  fp: tests(SCALE.fp, FP, FP),
  // rvb.wasm has one copy of the functions that "cold" runs once.
  code: tests(SCALE.code, CODE, ["tepid", "icall"]),
  sys: tests(SCALE.sys, SYS, ["clock"]),
  busybox: {
    programs: [
      timed("mkfile", "rvb mkfile 16777216 /tmp/f"),
      timed("bb_sha256", "sha256sum /tmp/f"),
      timed("bb_md5", "md5sum /tmp/f"),
      timed("bb_gzip", "gzip -k /tmp/f"),
      {
        ...timed("bb_gunzip", "sh -c 'gunzip -c /tmp/f.gz > /tmp/g'"),
        after: "cmp /tmp/f /tmp/g && rm /tmp/g /tmp/f.gz",
      },
      timed("bb_wc", "sh -c 'wc < /tmp/f'"),
      timed("bb_sort", "sh -c 'head -n 20000 /tmp/f | sort | tail -n 1 | md5sum'"),
      timed(
        "bb_awk",
        `sh -c 'head -n 5000 /tmp/f | awk "{for(i=1;i<=NF;i++)c[\\$i]++} END{n=0;for(w in c)n+=c[w];print n}"'`,
      ),
      timed("sh_loop", "sh -c 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; echo $i'"),
      timed("sh_fork", "sh -c 'i=0; while [ $i -lt 50 ]; do /bin/true; i=$((i+1)); done'"),
    ],
  },
  tree: {
    programs: [
      timed("mktree", "rvb mktree 50 /tmp/t"),
      timed("tar_c", "tar cf /tmp/t.tar -C /tmp t"),
      timed("untar", "sh -c 'mkdir /tmp/u && tar xf /tmp/t.tar -C /tmp/u'"),
      timed("cp_r", "cp -r /tmp/t /tmp/c"),
      timed("find", "sh -c 'find /tmp/t /tmp/u /tmp/c -type f -size +4k | wc -l'"),
      timed("grep_r", "sh -c 'grep -rl xyz /tmp/t | wc -l'"),
      timed("diff_r", "diff -r /tmp/t /tmp/c"),
      timed("du", "du -s /tmp/t"),
      timed("rm_r", "rm -r /tmp/t /tmp/u /tmp/c /tmp/t.tar"),
    ],
  },
  copy: {
    programs: [
      ...tests(SCALE.io, ["tcp", "rw64k"]).programs,
      timed("mkfile16", "rvb mkfile 16777216 /tmp/f"),
      timed("dd_zero", quiet("dd if=/dev/zero of=/dev/null bs=64k count=4000")),
      timed("cat", "sh -c 'cat /tmp/f /tmp/f /tmp/f /tmp/f > /tmp/g'"),
      timed("cat_pipe", "sh -c 'cat /tmp/g | cat > /dev/null'"),
      timed("cp", "cp /tmp/g /tmp/h"),
      {
        ...timed("dd_4k", quiet("dd if=/tmp/h of=/tmp/g bs=4k")),
        after: "cmp /tmp/g /tmp/h && rm /tmp/f /tmp/g /tmp/h",
      },
    ],
  },
  boot: { programs: [] },
  disk: {
    disk: true,
    programs: [
      // What was read lies in the guest's page cache then; the sum of its end is compared.
      {
        ...timed("dd_read", quiet("dd if=/dev/vda of=/dev/null bs=1M count=64")),
        after: "dd if=/dev/vda bs=1M skip=62 2> /dev/null | md5sum",
      },
      ...tests(1, ["rand4k", "rand4k_32"]).programs,
      timed("dd_read4k", quiet("dd if=/dev/vda of=/dev/null bs=4k count=2000 iflag=direct")),
      timed("dd_write", quiet("dd if=/dev/zero of=/dev/vda bs=1M count=32 conv=fsync")),
    ],
  },
};

/** Guests in Chromium have no disks here, and their boot is mostly Chromium's own start. */
export function runsInChromium(group: GroupName): boolean {
  return group !== "boot" && !GROUPS[group].disk;
}

/** The program's name in results that have one program only. */
export const BOOT_PROGRAM = "boot";

function tests(scale: number, names: readonly string[], wasm?: readonly string[]): Group {
  const programs = names.map((name) => ({ name, command: `rvb -s ${scale} ${name}` }));
  return { programs, ...(wasm && { wasm: ["-s", `${scale}`, ...wasm] }) };
}

function timed(name: string, command: string): Program {
  return { name, command: `rvb run ${name} ${command}` };
}

/** Without the figures that dd prints, which are no part of a checksum. */
function quiet(command: string): string {
  return `sh -c '${command} 2> /dev/null'`;
}
