/*
 * The 16550 UART as the kernel's 8250 driver and firmware use it [NS16550A data sheet].
 */

import { beforeEach, describe, expect, test } from "vitest";
import {
  OP_TEXT,
  PLIC_PA,
  TEXT_BYTES,
  TEXT_HEAD,
  TEXT_PTR,
  TEXT_SIZE,
  TEXT_TAIL,
  UART_IRQ,
  UART_PA,
} from "../../assembly/abi.js";
import { Bus } from "../support/bus.js";
import { Hart } from "../support/hart.js";

const hart = new Hart();
const bus = new Bus(hart);
const read = (register: number) => bus.read8(UART_PA + register);
const write = (register: number, value: number) => bus.write8(UART_PA + register, value);

const RBR = 0;
const THR = 0;
const IER = 1;
const IIR = 2;
const FCR = 2;
const LCR = 3;
const MCR = 4;
const LSR = 5;
const MSR = 6;
const SCR = 7;
const DATA_READY = 0x01;
const THR_EMPTY = 0x20;
const TEMT = 0x40;
const pending = () => (bus.read32(PLIC_PA + 0x1000) >>> UART_IRQ) & 1;
const receive = (text: string) => [...text].map((ch) => Number(hart.core.uartReceive(ch.charCodeAt(0))));

/** Takes the text that the guest has sent, as the host does. */
function drain(): string {
  const [head, tail] = [TEXT_HEAD, TEXT_TAIL].map((o) => hart.view.getUint32(TEXT_PTR + o, true)) as [number, number];
  let text = "";
  for (let n = tail; n !== head; n = (n + 1) >>> 0) {
    text += String.fromCharCode(hart.view.getUint8(TEXT_PTR + TEXT_BYTES + (n % TEXT_SIZE)));
  }
  hart.view.setUint32(TEXT_PTR + TEXT_TAIL, head, true);
  return text;
}

beforeEach(() => {
  hart.start();
  drain();
});

describe("UART", () => {
  test("starts with an empty transmitter, no data and no interrupt", () => {
    expect(read(LSR)).toBe(THR_EMPTY | TEMT);
    expect(read(IIR) & 1).toBe(1);
    expect(read(IER)).toBe(0);
  });

  test("scratch, line control, modem control and interrupt enable hold their bits", () => {
    for (const value of [0x00, 0x55, 0xaa]) {
      write(SCR, value);
      expect(read(SCR)).toBe(value);
    }
    write(LCR, 0x1b);
    expect(read(LCR)).toBe(0x1b);
    write(IER, 0x0f);
    expect(read(IER)).toBe(0x0f);
    write(MCR, 0x0b);
    expect(read(MCR)).toBe(0x0b);
  });

  test("DLAB turns registers 0 and 1 into the divisor", () => {
    write(IER, 5);
    write(LCR, 0x83);
    write(0, 0x12);
    write(1, 0x34);
    expect([read(0), read(1)]).toEqual([0x12, 0x34]);
    write(LCR, 0x03);
    expect(read(IER)).toBe(5);
    expect(drain()).toBe("");
  });

  test("a byte written to THR is text for the host, and the transmitter is empty again", () => {
    for (const ch of "Hi\n") write(THR, ch.charCodeAt(0));
    expect(drain()).toBe("Hi\n");
    expect(read(LSR) & (THR_EMPTY | TEMT)).toBe(THR_EMPTY | TEMT);
  });

  test("a full text ring gives control back and loses nothing", () => {
    let text = "";
    let asked = 0;
    for (let i = 0; i < TEXT_SIZE * 3; i++) {
      write(THR, 0x41 + (i % 26));
      if (bus.operation === OP_TEXT) {
        asked++;
        text += drain();
      }
    }
    text += drain();
    expect(text.length).toBe(TEXT_SIZE * 3);
    expect(asked).toBeGreaterThan(1);
    expect(text.startsWith("ABCDEF")).toBe(true);
  });

  test("received bytes come out in order, with data ready while there are any", () => {
    write(FCR, 1);
    receive("ab");
    expect(read(LSR) & DATA_READY).toBe(DATA_READY);
    expect([read(RBR), read(RBR)]).toEqual([0x61, 0x62]);
    expect(read(LSR) & DATA_READY).toBe(0);
  });

  test("the FIFO takes 16 bytes at least and refuses what it cannot hold", () => {
    write(FCR, 1);
    const accepted = receive("x".repeat(5000)).filter((ok) => ok !== 0).length;
    expect(accepted).toBeGreaterThanOrEqual(16);
    expect(accepted).toBeLessThan(5000);
    let count = 0;
    while (read(LSR) & DATA_READY) {
      read(RBR);
      count++;
    }
    expect(count).toBe(accepted);
    expect(receive("y")).not.toEqual([0]);
  });

  test("FCR bit 1 empties the receiver", () => {
    write(FCR, 1);
    receive("abc");
    write(FCR, 3);
    expect(read(LSR) & DATA_READY).toBe(0);
  });

  test("IIR says whether FIFOs are on", () => {
    write(FCR, 1);
    expect(read(IIR) & 0xc0).toBe(0xc0);
    write(FCR, 0);
    expect(read(IIR) & 0xc0).toBe(0);
  });

  test("received data interrupts while it is enabled and unread", () => {
    write(FCR, 1);
    receive("a");
    expect([read(IIR) & 0x0f, pending()]).toEqual([1, 0]);
    write(IER, 1);
    expect(pending()).toBe(1);
    expect([0x04, 0x0c]).toContain(read(IIR) & 0x0f);
    read(RBR);
    expect(read(IIR) & 0x0f).toBe(1);
  });

  test("an empty transmitter interrupts once: reading IIR or writing THR answers it", () => {
    write(IER, 2);
    expect(pending()).toBe(1);
    expect(read(IIR) & 0x0f).toBe(0x02);
    expect(read(IIR) & 0x0f).toBe(0x01);
    write(THR, 0x41);
    expect(read(IIR) & 0x0f).toBe(0x02);
    write(IER, 0);
    write(IER, 2);
    expect(read(IIR) & 0x0f).toBe(0x02);
  });

  test("received data comes before an empty transmitter in IIR", () => {
    write(FCR, 1);
    write(IER, 3);
    receive("a");
    expect([0x04, 0x0c]).toContain(read(IIR) & 0x0f);
    read(RBR);
    expect(read(IIR) & 0x0f).toBe(0x02);
  });

  test("loopback shows modem control in modem status, as the 8250 driver probes", () => {
    write(MCR, 0x1a);
    expect(read(MSR) & 0xf0).toBe(0x90);
    write(MCR, 0x10);
    expect(read(MSR) & 0xf0).toBe(0x00);
    write(MCR, 0x00);
  });

  test("a driver that waits for bytes is listening", () => {
    expect(Number(hart.core.uartListening())).toBe(0);
    write(IER, 1);
    expect(Number(hart.core.uartListening())).toBe(1);
  });
});
