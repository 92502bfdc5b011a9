/*
 * `--profile FILE`: what is sampled, how it is named, and the file that comes of it.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { GuestState } from "../../host-js/common/index.js";
import { Profile } from "../../host-js/node/profile.js";
import { elfSymbols, kernelSymbols, parseSystemMap } from "../../host-js/node/profile-symbols.js";
import { CLI, colinux } from "../support/command.js";
import { temporaryFolder } from "../support/folder.js";
import { Session } from "../support/session.js";
import { TestTerminal } from "../support/terminal.js";
import { programPath } from "../support/tools.js";

const folder = temporaryFolder();

/** The part of speedscope's file format that is written. */
interface File {
  readonly $schema: string;
  readonly shared: { readonly frames: readonly { readonly name: string }[] };
  readonly profiles: readonly {
    readonly type: string;
    readonly name: string;
    readonly unit: string;
    readonly startValue: number;
    readonly endValue: number;
    readonly samples: readonly (readonly number[])[];
    readonly weights: readonly number[];
  }[];
}

const readProfile = (path: string): File => JSON.parse(readFileSync(path, "utf8"));

/** Weights of the profile `index` by stack, as "kernel > program > function". */
function stacks({ shared, profiles }: File, index: number): Map<string, number> {
  const { samples, weights } = profiles[index]!;
  const sums = new Map<string, number>();
  samples.forEach((sample, i) => {
    const name = sample.map((frame) => shared.frames[frame]!.name).join(" > ");
    sums.set(name, (sums.get(name) ?? 0) + weights[i]!);
  });
  return sums;
}

const MAP = parseSystemMap(`ffffffff80000000 T _start
ffffffff80001000 T _text
ffffffff80001000 t first
ffffffff80001040 T second
ffffffff80002000 D init_task
ffffffff80003000 B _end
`);

const guest = (pc: bigint, priv: number, ra = 0n): GuestState => ({
  pc,
  priv,
  x: (n) => (n === 1 ? ra : 0n),
  csr: () => 0n,
  ram: () => undefined,
});

describe("symbols", () => {
  test.each([
    [0xffff_ffff_8000_0ffcn, "_start"],
    [0xffff_ffff_8000_1040n, "second"],
    [0xffff_ffff_8000_2ff0n, "second"],
    [0xffff_ffff_8000_3000n, undefined],
    [0x8000_0000n, undefined],
  ])("of a System.map: %# is that before it", (address, name) => {
    expect(MAP.nameOf(address)).toBe(name);
  });

  test("of our kernel come with it", () => {
    const kernel = kernelSymbols(undefined);
    const address = kernel.addressOf("start_kernel")!;
    expect(kernel.nameOf(address + 4n)).toBe("start_kernel");
  });

  test("of a kernel on a disk, or of a file that is no ELF, there are none", () => {
    const path = join(folder, "Image");
    writeFileSync(path, "MZ");
    expect(kernelSymbols({ disk: 0 }).nameOf(0n)).toBeUndefined();
    expect(elfSymbols(path).nameOf(0n)).toBeUndefined();
  });
});

describe("Profile", () => {
  test("weighs stacks with instructions and with time", () => {
    const path = join(folder, "weights.json");
    const profile = new Profile(path, { kernel: MAP });
    profile.look(guest(0xffff_ffff_8000_1044n, 1, 0xffff_ffff_8000_1004n), 100_000, 0.5);
    profile.look(guest(0xffff_ffff_8000_1048n, 1, 0xffff_ffff_8000_1044n), 50_000, 0.25);
    profile.look(guest(0x1234_5678n, 0), 70_000, 1);
    profile.write();
    const file = readProfile(path);
    expect(file.$schema).toBe("https://www.speedscope.app/file-format-schema.json");
    expect(file.profiles.map(({ type, unit, endValue }) => [type, unit, endValue])).toEqual([
      ["sampled", "milliseconds", 1.75],
      ["sampled", "none", 220_000],
    ]);
    expect([...stacks(file, 1)]).toEqual([
      ["kernel > before paging > first > second", 100_000],
      ["kernel > before paging > second", 50_000],
      ["user > before paging > before paging 0x12345000", 70_000],
    ]);
  });

  test("does not grow for ever, and loses no weight", () => {
    const path = join(folder, "long.json");
    const profile = new Profile(path);
    const looks = 600_000;
    const before = profile.interval();
    for (let i = 0; i < looks; i++) profile.look(guest(BigInt(i % 8) << 12n, 0), 1000, 0.125);
    profile.write();
    const { profiles } = readProfile(path);
    expect(profiles[0]!.samples.length).toBeLessThanOrEqual(1 << 18);
    expect(profiles[0]!.endValue).toBe(looks * 0.125);
    expect(profiles[1]!.endValue).toBe(looks * 1000);
    expect(before).toBeLessThan(160_000);
    expect(profile.interval()).toBeGreaterThanOrEqual(200_000);
  });
});

describe("the command", () => {
  test("--profile tells kernel from user, functions and programs by name", async () => {
    const path = join(folder, "guest.json");
    const session = await Session.atPrompt(["--profile", path]);
    await session.run("dd if=/dev/zero of=/dev/null bs=4M count=8; i=0; while [ $i -lt 1000 ]; do i=$((i+1)); done");
    expect((await session.powerOff()).code).toBe(0);
    const names = [...stacks(readProfile(path), 1).keys()];
    expect(names.some((name) => /^user > bash > bash 0x[0-9a-f]+$/.test(name))).toBe(true);
    expect(names.some((name) => /^kernel > dd > .*(clear_user|zero)/.test(name))).toBe(true);
  });

  test("--profile writes the file also when a signal ends the session", async () => {
    const path = join(folder, "signal.json");
    const session = await Session.atPrompt(["--profile", path]);
    session.process.kill("SIGINT");
    expect((await session.ended).code).toBe(130);
    expect(readProfile(path).profiles[0]!.samples.length).toBeGreaterThan(0);
  });

  test.skipIf(programPath("python3") === undefined && "python3 is not installed")(
    "--profile writes the file also after Ctrl-A x",
    async () => {
      const path = join(folder, "left.json");
      const terminal = new TestTerminal([process.execPath, CLI, "--profile", path]);
      await terminal.screen.expect(/# /);
      terminal.type("\x01x");
      expect(await terminal.end).toEqual({ exit: 0, restored: true });
      expect(readProfile(path).profiles[0]!.samples.length).toBeGreaterThan(0);
    },
  );

  test.each([
    ["in a folder that is not there", () => join(folder, "nowhere/out.json"), "cannot be written: ENOENT"],
    ["that is a folder", () => folder, "cannot be written: EISDIR"],
    ["without a name", () => "", "nothing is given"],
  ])("--profile refuses a file %s before it boots", async (_, path, message) => {
    const { code, stdout, stderr } = await colinux([`--profile=${path()}`]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  test("--profile does not write over what the machine is made of", async () => {
    const disk = join(folder, "disk.img");
    writeFileSync(disk, "precious".repeat(1024));
    const { code, stderr } = await colinux([`cobd0=${disk}`, "--profile", disk]);
    expect(code).toBe(2);
    expect(stderr).toContain("overwrite");
    expect(readFileSync(disk, "utf8")).toBe("precious".repeat(1024));
    expect(existsSync(`${disk}.lock`)).toBe(false);
  });
});
