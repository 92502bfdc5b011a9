import { describe, expect, test } from "vitest";
import { virtioDiskName } from "../../host-js/common/virtio-names.js";
import { diskNames, rootDisk } from "../../host-js/node/disk-names.js";

test("virtioDiskName() counts as the kernel does", () => {
  expect([0, 1, 25, 26, 31, 701, 702].map(virtioDiskName)).toEqual([
    "vda",
    "vdb",
    "vdz",
    "vdaa",
    "vdaf",
    "vdzz",
    "vdaaa",
  ]);
});

test("diskNames() letters present disks by rank, not by number", () => {
  expect([...diskNames([undefined, "a", undefined, "b"])]).toEqual([
    [1, "vda"],
    [3, "vdb"],
  ]);
});

describe("rootDisk()", () => {
  const disks = [undefined, "one", undefined, "three"];
  const aliases = new Map([["hda1", 3]]);

  test.each([
    ["/dev/cobd1", { disk: 1 }],
    ["/dev/cobd3", { disk: 3 }],
    ["cobd3", { disk: 3 }],
    ["/dev/hda1", { disk: 3 }],
    ["/dev/cobd0", "/dev/cobd0"],
    ["/dev/hda2", "/dev/hda2"],
    ["UUID=1234", "UUID=1234"],
    ["/dev/vda2", "/dev/vda2"],
  ])("makes of root=%s %j", (root, expected) => {
    expect(rootDisk(root, disks, aliases)).toEqual(expected);
  });
});
