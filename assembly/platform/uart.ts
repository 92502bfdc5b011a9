/*
 * The serial port: a 16550A with 16 bytes of receive FIFO and a transmitter that is always done [PC16550D].
 *
 *     0  RBR/THR, DLL     1  IER, DLM     2  IIR/FCR     3  LCR     4  MCR     5  LSR     6  MSR     7  SCR
 *
 * The host hands in received bytes one by one and keeps what does not fit.
 */

import { PLATFORM_PTR, UART_IRQ } from "../abi";
import { setLine } from "./plic";
import { putText } from "./text";

const IER_RDI: u32 = 1;
const IER_THRI: u32 = 2;
const IIR_NONE: u32 = 1;
const IIR_THRI: u32 = 2;
const IIR_RDI: u32 = 4;
const IIR_FIFO: u32 = 0xc0;
const FCR_ENABLE: u32 = 1;
const FCR_CLEAR_RECEIVE: u32 = 2;
const LCR_DLAB: u32 = 0x80;
const MCR_LOOP: u32 = 0x10;
const LSR_DR: u32 = 1;
const LSR_THRE_TEMT: u32 = 0x60;
const MSR_CONNECTED: u32 = 0xb0;
const FIFO_BYTES: u32 = 16;

@unmanaged
class Uart {
  ier: u32; //          0
  lcr: u32; //          4
  mcr: u32; //          8
  scr: u32; //          12
  divisor: u32; //      16
  fifo: u32; //         20  FIFOs enabled
  /** The transmitter became empty and nobody has looked yet. */
  emptied: u32; //      24
  head: u32; //         28  bytes ever received
  tail: u32; //         32  bytes ever read
}

const uart: Uart = changetype<Uart>(PLATFORM_PTR + 0x360);
const FIFO_PTR: u32 = PLATFORM_PTR + 0x390;
/** The FIFO's end; what the platform keeps fits into PLATFORM_BYTES. */
export const PLATFORM_BYTES: u32 = 0x390 + FIFO_BYTES;

function received(): u32 {
  return uart.head - uart.tail;
}

/** Puts a byte into the receive FIFO; false if it is full. */
export function receive(byte: u32): bool {
  if (received() >= (uart.fifo ? FIFO_BYTES : 1)) return false;
  store<u8>(FIFO_PTR + (uart.head & (FIFO_BYTES - 1)), <u8>byte);
  uart.head++;
  updateLine();
  return true;
}

/** Whether a driver waits for received bytes. */
export function listening(): bool {
  return (uart.ier & IER_RDI) != 0;
}

function source(): u32 {
  if (uart.ier & IER_RDI && received() != 0) return IIR_RDI;
  if (uart.ier & IER_THRI && uart.emptied) return IIR_THRI;
  return IIR_NONE;
}

function updateLine(): void {
  setLine(UART_IRQ, source() != IIR_NONE);
}

/** In loopback the modem outputs are its inputs: RTS to CTS, DTR to DSR, OUT1 to RI, OUT2 to DCD. */
function modemStatus(): u32 {
  if (!(uart.mcr & MCR_LOOP)) return MSR_CONNECTED;
  return ((uart.mcr & 2) << 3) | ((uart.mcr & 1) << 5) | ((uart.mcr & 4) << 4) | ((uart.mcr & 8) << 4);
}

export function loadUart(offset: u32): u32 {
  switch (<i32>offset) {
    case 0: {
      if (uart.lcr & LCR_DLAB) return uart.divisor & 0xff;
      if (received() == 0) return 0;
      const byte = load<u8>(FIFO_PTR + (uart.tail & (FIFO_BYTES - 1)));
      uart.tail++;
      updateLine();
      return byte;
    }
    case 1:
      return uart.lcr & LCR_DLAB ? uart.divisor >> 8 : uart.ier;
    case 2: {
      const cause = source();
      if (cause == IIR_THRI) {
        uart.emptied = 0;
        updateLine();
      }
      return cause | (uart.fifo ? IIR_FIFO : 0);
    }
    case 3:
      return uart.lcr;
    case 4:
      return uart.mcr;
    case 5:
      return LSR_THRE_TEMT | (received() != 0 ? LSR_DR : 0);
    case 6:
      return modemStatus();
    default:
      return uart.scr;
  }
}

export function storeUart(offset: u32, value: u32): void {
  switch (<i32>offset) {
    case 0:
      if (uart.lcr & LCR_DLAB) uart.divisor = (uart.divisor & 0xff00) | value;
      else {
        if (uart.mcr & MCR_LOOP) receive(value);
        else putText(<u8>value);
        uart.emptied = 1;
      }
      break;
    case 1:
      if (uart.lcr & LCR_DLAB) uart.divisor = (uart.divisor & 0xff) | (value << 8);
      else {
        if (value & ~uart.ier & IER_THRI) uart.emptied = 1;
        uart.ier = value & 15;
      }
      break;
    case 2:
      // Enabling or disabling the FIFOs empties them too.
      if (((value & FCR_ENABLE) != 0) != (uart.fifo != 0) || value & FCR_CLEAR_RECEIVE) uart.tail = uart.head;
      uart.fifo = value & FCR_ENABLE;
      break;
    case 3:
      uart.lcr = value;
      break;
    case 4:
      uart.mcr = value & 31;
      break;
    case 7:
      uart.scr = value;
      break;
  }
  updateLine();
}
