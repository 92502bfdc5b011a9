/*
 * The board as its guest finds it described: a device tree in the manner of QEMU's `virt`, with nodes for what exists and nothing else.
 * Each device is a function that returns its node.
 */

import {
  ACLINT_PA,
  CACHE_BLOCK_BYTES,
  FINISHER_PA,
  PLIC_BYTES,
  PLIC_PA,
  PLIC_SOURCES,
  PVPANIC_PA,
  RAM_PA,
  RTC_IRQ,
  RTC_PA,
  TIME_HZ,
  UART_IRQ,
  UART_PA,
} from "../../../assembly/abi.js";
import { SLOT_WINDOW_BYTES, slotIrq, slotPa } from "../devices/slots.js";
import { cells64, type Node } from "./device-tree.js";

export interface Board {
  readonly ramBytes: number;
  readonly commandLine: string;
  /** Physical addresses, end exclusive. */
  readonly initrd: { readonly startPa: number; readonly endPa: number } | undefined;
  /** Entropy for the kernel's first moments. It wipes the property after use. */
  readonly rngSeed: Uint8Array;
  /** Whether the built-in SBI is off: ACLINT and test finisher are there. */
  readonly bare?: boolean;
  /** Numbers of the slots that hold a device. */
  readonly slots: readonly number[];
}

const CPU_INTC = 1;
const PLIC = 2;
const FINISHER = 3;
const IRQ_M_SOFT = 3;
const IRQ_M_TIMER = 7;
const IRQ_S_EXT = 9;
const IRQ_M_EXT = 11;

/** The hart's extensions in the order of the manual's naming convention [unpriv 38]. */
const BASE = "rv64i";
const SINGLE_LETTERS = ["m", "a", "f", "d", "c"];
const NAMED_EXTENSIONS = [
  "zicbom",
  "zicbop",
  "zicboz",
  "zicntr",
  "zicond",
  "zicsr",
  "zifencei",
  "zihpm",
  "zawrs",
  "zacas",
  "zba",
  "zbb",
  "zbs",
  "sstc",
  "svadu",
  "svinval",
  "svnapot",
  "svpbmt",
  "svvptc",
];

export function describeBoard(board: Board): Node {
  return {
    name: "",
    properties: {
      "#address-cells": [2],
      "#size-cells": [2],
      compatible: "riscv-virtio",
      model: "riscv-virtio,colinux",
    },
    children: [chosen(board), memory(board), cpus(), soc(board), ...(board.bare ? [poweroff(), reboot()] : [])],
  };
}

function chosen({ commandLine, initrd, rngSeed }: Board): Node {
  return {
    name: "chosen",
    properties: {
      bootargs: commandLine,
      "stdout-path": `/soc/serial@${UART_PA.toString(16)}`,
      "rng-seed": rngSeed,
      ...(initrd && {
        "linux,initrd-start": cells64(initrd.startPa),
        "linux,initrd-end": cells64(initrd.endPa),
      }),
    },
  };
}

function memory({ ramBytes }: Board): Node {
  return {
    name: `memory@${RAM_PA.toString(16)}`,
    properties: { device_type: "memory", reg: reg(RAM_PA, ramBytes) },
  };
}

function cpus(): Node {
  return {
    name: "cpus",
    properties: { "#address-cells": [1], "#size-cells": [0], "timebase-frequency": [TIME_HZ] },
    children: [
      {
        name: "cpu@0",
        properties: {
          device_type: "cpu",
          reg: [0],
          status: "okay",
          compatible: "riscv",
          "riscv,isa": `${BASE}${SINGLE_LETTERS.join("")}_${NAMED_EXTENSIONS.join("_")}`,
          "riscv,isa-base": BASE,
          "riscv,isa-extensions": ["i", ...SINGLE_LETTERS, ...NAMED_EXTENSIONS],
          "riscv,cbom-block-size": [CACHE_BLOCK_BYTES],
          "riscv,cbop-block-size": [CACHE_BLOCK_BYTES],
          "riscv,cboz-block-size": [CACHE_BLOCK_BYTES],
          "mmu-type": "riscv,sv48",
        },
        children: [
          {
            name: "interrupt-controller",
            properties: {
              "#interrupt-cells": [1],
              "interrupt-controller": true,
              compatible: "riscv,cpu-intc",
              phandle: [CPU_INTC],
            },
          },
        ],
      },
    ],
  };
}

function soc({ slots, bare }: Board): Node {
  return {
    name: "soc",
    properties: { "#address-cells": [2], "#size-cells": [2], compatible: "simple-bus", ranges: true },
    children: [
      plic(),
      serial(),
      rtc(),
      pvpanic(),
      ...(bare ? [aclint(), finisher()] : []),
      ...[...slots].sort((a, b) => a - b).map(virtio),
    ],
  };
}

function plic(): Node {
  return {
    name: `plic@${PLIC_PA.toString(16)}`,
    properties: {
      compatible: ["sifive,plic-1.0.0", "riscv,plic0"],
      reg: reg(PLIC_PA, PLIC_BYTES),
      "#interrupt-cells": [1],
      "#address-cells": [0],
      "interrupt-controller": true,
      "interrupts-extended": [CPU_INTC, IRQ_M_EXT, CPU_INTC, IRQ_S_EXT],
      "riscv,ndev": [PLIC_SOURCES],
      phandle: [PLIC],
    },
  };
}

function serial(): Node {
  return {
    name: `serial@${UART_PA.toString(16)}`,
    properties: {
      compatible: "ns16550a",
      reg: reg(UART_PA, 0x100),
      "clock-frequency": [3_686_400],
      ...interrupt(UART_IRQ),
    },
  };
}

function rtc(): Node {
  return {
    name: `rtc@${RTC_PA.toString(16)}`,
    properties: { compatible: "google,goldfish-rtc", reg: reg(RTC_PA, 0x1000), ...interrupt(RTC_IRQ) },
  };
}

function pvpanic(): Node {
  return {
    name: `pvpanic@${PVPANIC_PA.toString(16)}`,
    properties: { compatible: "qemu,pvpanic-mmio", reg: reg(PVPANIC_PA, 2) },
  };
}

/** Described as the CLINT that it contains, which is what software for QEMU's `virt` looks for. */
function aclint(): Node {
  return {
    name: `clint@${ACLINT_PA.toString(16)}`,
    properties: {
      compatible: ["sifive,clint0", "riscv,clint0"],
      reg: reg(ACLINT_PA, 0x1_0000),
      "interrupts-extended": [CPU_INTC, IRQ_M_SOFT, CPU_INTC, IRQ_M_TIMER],
    },
  };
}

function finisher(): Node {
  return {
    name: `test@${FINISHER_PA.toString(16)}`,
    properties: {
      compatible: ["sifive,test1", "sifive,test0", "syscon"],
      reg: reg(FINISHER_PA, 0x1000),
      phandle: [FINISHER],
    },
  };
}

function poweroff(): Node {
  return syscon("poweroff", 0x5555);
}

function reboot(): Node {
  return syscon("reboot", 0x7777);
}

function syscon(what: string, value: number): Node {
  return {
    name: what,
    properties: { compatible: `syscon-${what}`, value: [value], offset: [0], regmap: [FINISHER] },
  };
}

function virtio(slot: number): Node {
  return {
    name: `virtio_mmio@${slotPa(slot).toString(16)}`,
    properties: {
      compatible: "virtio,mmio",
      reg: reg(slotPa(slot), SLOT_WINDOW_BYTES),
      "dma-coherent": true,
      ...interrupt(slotIrq(slot)),
    },
  };
}

function interrupt(source: number): Node["properties"] {
  return { interrupts: [source], "interrupt-parent": [PLIC] };
}

function reg(pa: number, bytes: number): number[] {
  return [...cells64(pa), ...cells64(bytes)];
}
