/*
 * The interface between core and host: every shared number, written once.
 *
 * `asc` compiles this file into the core and the host imports it as it is, so it holds plain typed constants and nothing
 * else. Three kinds of number live here: what the host must know about linear memory, the passage page with its
 * operations, and the physical memory map that the host describes to the guest in the device tree.
 *
 * Linear memory is created once, at its full size, and never grown:
 *
 *     0x0000_1000  the core's static data
 *     0x0001_0000  passage page                 the one page that both worlds see
 *     0x0001_1000  hart                         registers and CSRs of the guest CPU
 *     0x0001_2000  platform                     PLIC, UART, clock, power
 *     0x0001_4000  text ring                    console text on its way to the host
 *     0x0004_0000  slots                        48 register files of virtio transports, 4 KiB each
 *     0x0010_0000  frames                       one word per page of guest RAM
 *     0x0050_0000  TLBs
 *     0x0060_0000  jump cache
 *     0x0080_0000  decode pool                  predecoded pages
 *     0x0700_0000  emit buffer                  where modules are compiled
 *     0x0800_0000  guest RAM                    up to RAM_BYTES_MAX
 *
 * Numbers are little-endian. A core and a host with different ABI_VERSION refuse each other.
 */

export const ABI_VERSION: u32 = 2;

// ---- Linear memory ------------------------------------------------------------------------------------------------

export const PASSAGE_PTR: u32 = 0x0001_0000;
export const HART_PTR: u32 = 0x0001_1000;
export const PLATFORM_PTR: u32 = 0x0001_2000;
export const TEXT_PTR: u32 = 0x0001_4000;
export const SLOTS_PTR: u32 = 0x0004_0000;
export const FRAMES_PTR: u32 = 0x0010_0000;
export const TLB_PTR: u32 = 0x0050_0000;
export const JUMPS_PTR: u32 = 0x0060_0000;
export const DECODE_PTR: u32 = 0x0080_0000;
export const EMIT_PTR: u32 = 0x0700_0000;
export const RAM_PTR: u32 = 0x0800_0000;

/** Guest RAM is a whole number of MiB within these bounds; linear memory has RAM_PTR + RAM bytes. */
export const RAM_BYTES_MIN: u32 = 0x0100_0000;
export const RAM_BYTES_MAX: u32 = 0xe000_0000;

// ---- Passage page (offsets from PASSAGE_PTR) ----------------------------------------------------------------------

/** u32, core: ABI_VERSION of the core, written at start. */
export const PASSAGE_VERSION: u32 = 0x000;
/** u32, core: the operation that `run` returned last. */
export const PASSAGE_OPERATION: u32 = 0x004;
/** u32 each, core: parameters of the operation, see OP_*. */
export const PASSAGE_P0: u32 = 0x008;
export const PASSAGE_P1: u32 = 0x00c;
export const PASSAGE_P2: u32 = 0x010;
/** u32, core: what is left of the budget that the last `run` was given. */
export const PASSAGE_LEFT: u32 = 0x014;
/** u64, host: guest time when the slice starts, in ticks of TIME_HZ; `run` never lets the guest see it go back. */
export const PASSAGE_NOW: u32 = 0x018;
/** u64, host: ticks per retired instruction inside a slice, as a fraction of 2^32. */
export const PASSAGE_RATE: u32 = 0x020;
/** i64, host: nanoseconds since 1970 at tick 0, so that wall time is this + ticks * 100. */
export const PASSAGE_WALL: u32 = 0x028;
/** u64, core: tick of the next timer interrupt, all ones when there is none. Valid with OP_IDLE. */
export const PASSAGE_DEADLINE: u32 = 0x030;
/** u64, core: instructions retired since reset. */
export const PASSAGE_RETIRED: u32 = 0x038;
/** u64, core: guest time at the end of the last slice. */
export const PASSAGE_TIME: u32 = 0x040;
/** u64, host, read by `reset`: bytes of guest RAM. */
export const PASSAGE_RAM_BYTES: u32 = 0x048;
/** u64 each, host, read by `reset`: physical address to start at, and the values of a1 and a2 (a0 is the hart id, 0). */
export const PASSAGE_ENTRY: u32 = 0x050;
export const PASSAGE_A1: u32 = 0x058;
export const PASSAGE_A2: u32 = 0x060;
/** u64 each, host, read by `reset`: physical addresses of Spike's HTIF words `tohost` and `fromhost`, 0 = there are none. */
export const PASSAGE_TOHOST: u32 = 0x068;
export const PASSAGE_FROMHOST: u32 = 0x070;
/** u32, host, read by `reset`: how often code is entered before it is compiled, 1 to JIT_THRESHOLD_MAX; 0 = it never is. */
export const PASSAGE_THRESHOLD: u32 = 0x078;
/** u32, host: what the engine offers, FEATURE_*. */
export const PASSAGE_FEATURES: u32 = 0x07c;

// From here to the end of PASSAGE_COUNTS the core counts; `reset` clears it all.

/** u32, core: units compiled since reset, and u32: how often all of them were given up because room ran out. */
export const PASSAGE_UNITS: u32 = 0x080;
export const PASSAGE_UNIT_FLUSHES: u32 = 0x084;
/** u64, core: instructions retired in compiled code since reset, and u64: how often compiled code was entered. */
export const PASSAGE_COMPILED: u32 = 0x088;
export const PASSAGE_ENTERED: u32 = 0x090;
/** u64 each, core: how often units were left for an instruction that the interpreter executes, indexed by STEP_*. */
export const PASSAGE_STEPS: u32 = 0x098;
/** A load, store or atomic instruction: without a translation, in two pages, of a device, of a page with code. */
export const STEP_ACCESS: u32 = 0;
/** A floating-point instruction whose result may raise a flag, or that is rare. */
export const STEP_FLOAT: u32 = 1;
/** A system instruction, a CSR access for the most part. */
export const STEP_SYSTEM: u32 = 2;
/** Anything else: code that is not decoded yet, or that crosses into the next page. */
export const STEP_OTHER: u32 = 3;
/** u64, core, cleared by the host: slots with a queue in SLOT_NOTIFIED. To be looked at after every `run`. */
export const PASSAGE_NOTIFIED: u32 = 0x0b8;
/** u64, core: physical address of the page that a cooperative kernel has registered (COOP_PAGE_*), 0 = none. */
export const PASSAGE_COOP_PAGE: u32 = 0x0c0;
/** u64 each, core: how often a load, a store or a fetch found no translation in the TLB (or none that it may use), since reset. */
export const PASSAGE_LOAD_MISSES: u32 = 0x0e8;
export const PASSAGE_STORE_MISSES: u32 = 0x0f0;
export const PASSAGE_FETCH_MISSES: u32 = 0x0f8;
/** u64 each, core: how often each operation was returned since reset, indexed by OP_*. */
export const PASSAGE_COUNTS: u32 = 0x100;

/** u32, host: the threshold at reset, from which it falls to PASSAGE_THRESHOLD while YOUNG_INSNS are executed; no effect when it is lower. */
export const PASSAGE_THRESHOLD_YOUNG: u32 = 0x160;

// ---- Operations: why the guest gave control back ------------------------------------------------------------------

/** The budget is spent. */
export const OP_BUDGET: u32 = 0;
/** The hart waits for an interrupt; PASSAGE_DEADLINE says when its own timer wakes it. */
export const OP_IDLE: u32 = 1;
/** Drivers notified virtqueues: PASSAGE_NOTIFIED says which. */
export const OP_NOTIFY: u32 = 2;
/** A driver wrote a slot's status register: p0 = slot, p1 = new status (0 = reset). */
export const OP_STATUS: u32 = 3;
/** A driver wrote a slot's configuration space: p0 = slot, p1 = byte offset, p2 = bytes. */
export const OP_CONFIG: u32 = 4;
/** The text ring is half full, or the guest asks for its text to be shown: drain it. */
export const OP_TEXT: u32 = 5;
/** The guest has ended: p0 = STOP_*, p1 = exit code (test finisher and HTIF only). */
export const OP_STOP: u32 = 6;
/** The guest's kernel reported through pvpanic: p0 = event bits [linux Documentation: misc-devices/pvpanic]. */
export const OP_PANIC: u32 = 7;
/** The core found itself in a state that cannot be: p0 = a number to search the source for, p1 and p2 = details. */
export const OP_FAULT: u32 = 8;

/**
 * The core has compiled hot code: p0 = where in linear memory a WebAssembly module lies, p1 = its bytes, p2 = the first of its functions' places in the table
 * (low half) and how many they are (high half). The host instantiates it with memory as `e.m`, and puts its exports `0`, `1`, ... there, before it
 * calls the core again. Places from the first on that are not filled anew are free: what is there may be forgotten.
 */
export const OP_MODULE: u32 = 9;
/** A cooperative kernel tells what went wrong: p0 = where in linear memory its report lies (COOP_REPORT_*), p1 = its bytes. */
export const OP_REPORT: u32 = 10;
/** A cooperative kernel speaks another version of the interface: p0 = its version. */
export const OP_FOREIGN: u32 = 11;
export const OP_COUNT: u32 = 12;

export const STOP_POWEROFF: u32 = 0;
export const STOP_REBOOT: u32 = 1;
/** Shutdown with reason "system failure" [SBI 10.1], or the finisher's FAIL, or an exit code other than 0. */
export const STOP_FAILURE: u32 = 2;

// ---- Compiled code ----------------------------------------------------------------------------------------------

/** Relaxed SIMD is there, and its f64x2.relaxed_madd rounds once. */
export const FEATURE_FMA: u32 = 1;

export const JIT_THRESHOLD_MAX: u32 = 0x7ffe;
/** Places in the table that compiled code may take: from TABLE_FIRST on, so many. */
export const TABLE_FIRST: u32 = 64;
export const TABLE_UNITS: u32 = 8192;

// ---- Reset modes (argument of `reset`) ----------------------------------------------------------------------------

/** S-mode start with the SBI built in, as a kernel expects it from its firmware. */
export const RESET_SUPERVISOR: u32 = 0;
/** M-mode start without SBI, with ACLINT and test finisher, as QEMU's `virt` board with `-bios none`. */
export const RESET_BARE: u32 = 1;

// ---- Hart (offsets from HART_PTR; the rest of the hart is the core's own) -------------------------------------------

/** u64[32]: x0 to x31. */
export const HART_X: u32 = 0x000;
/** u64[32]: f0 to f31, single precision NaN-boxed. */
export const HART_F: u32 = 0x100;
/** u64: pc. */
export const HART_PC: u32 = 0x200;
/** u32: privilege mode, PRIV_*. */
export const HART_PRIV: u32 = 0x208;

export const PRIV_U: u32 = 0;
export const PRIV_S: u32 = 1;
export const PRIV_M: u32 = 3;

// ---- Text ring: console text of the UART and of the SBI (offsets from TEXT_PTR) ------------------------------------

/** u32, core: bytes ever written. */
export const TEXT_HEAD: u32 = 0;
/** u32, host: bytes ever read. */
export const TEXT_TAIL: u32 = 4;
export const TEXT_BYTES: u32 = 8;
/** A power of two; the byte numbered n lies at TEXT_BYTES + n % TEXT_SIZE. */
export const TEXT_SIZE: u32 = 8192;

// ---- Slots: register files of the virtio transports (offsets from SLOTS_PTR + slot * SLOT_BYTES) -------------------

export const SLOT_COUNT: u32 = 48;
export const SLOT_BYTES: u32 = 4096;

/** u32, host: virtio device id, 0 = the slot is empty. */
export const SLOT_DEVICE_ID: u32 = 0x00;
/** u64, host: features offered, and u64, core: features the driver accepted. */
export const SLOT_DEVICE_FEATURES: u32 = 0x08;
export const SLOT_DRIVER_FEATURES: u32 = 0x10;
/** u32 each, core: the selectors and registers of [virtio 4.2.2]. */
export const SLOT_DEVICE_FEATURES_SEL: u32 = 0x18;
export const SLOT_DRIVER_FEATURES_SEL: u32 = 0x1c;
export const SLOT_QUEUE_SEL: u32 = 0x20;
export const SLOT_STATUS: u32 = 0x24;
export const SLOT_INTERRUPT_STATUS: u32 = 0x28;
/** u32, host: changes whenever the host changes the configuration space. */
export const SLOT_CONFIG_GENERATION: u32 = 0x2c;
/** u32, host: how many queues the device has, up to SLOT_QUEUES. */
export const SLOT_QUEUE_COUNT: u32 = 0x30;
/** u32, host: bytes of configuration space. */
export const SLOT_CONFIG_BYTES: u32 = 0x34;
/** u32, core, cleared by the host: queues that were notified, a bit for each. */
export const SLOT_NOTIFIED: u32 = 0x38;

/** Queue q of a slot lies at SLOT_QUEUE + q * QUEUE_BYTES. */
export const SLOT_QUEUE: u32 = 0x80;
export const SLOT_QUEUES: u32 = 16;
export const QUEUE_BYTES: u32 = 0x40;
/** u32: 1 once the driver has set the queue up. */
export const QUEUE_READY: u32 = 0x00;
/** u32: entries the driver chose, and u32, host: entries at most. */
export const QUEUE_NUM: u32 = 0x04;
export const QUEUE_NUM_MAX: u32 = 0x08;
/** u64 each: physical addresses of the three parts [virtio 2.7]. */
export const QUEUE_DESC: u32 = 0x10;
export const QUEUE_DRIVER: u32 = 0x18;
export const QUEUE_DEVICE: u32 = 0x20;
/** u16 each, host: the next available entry to take and the next used entry to fill. */
export const QUEUE_LAST_AVAIL: u32 = 0x28;
export const QUEUE_LAST_USED: u32 = 0x2a;

export const SLOT_CONFIG: u32 = 0x800;
export const SLOT_CONFIG_MAX: u32 = 0x400;

/** Bits of SLOT_INTERRUPT_STATUS and argument of `raise` [virtio 4.2.2]. */
export const INTERRUPT_USED: u32 = 1;
export const INTERRUPT_CONFIG: u32 = 2;

// ---- The cooperative kernel: what its drivers and the core say to each other (docs/ABI.md) --------------------------------
//
// kernels/linux makes a C header of everything here that begins with COOP_.

/** SBI extension, in the range for experiments [SBI 3.3]. */
export const COOP_EXTENSION: u32 = 0x0863_6f6c;
/** Both sides must speak the same. */
export const COOP_VERSION: u32 = 1;

// Functions of the extension (a6); arguments in a0 to a3, the error in a0 and the value in a1.
/** a0 = the kernel's COOP_VERSION. Value: the host's. */
export const COOP_HELLO: u32 = 0;
/** a0 = physical address of a page of RAM, of which the kernel will read COOP_PAGE_*; 0 gives it back. */
export const COOP_ATTACH: u32 = 1;
/** Value: slots with a device, a bit for each. */
export const COOP_DEVICES: u32 = 2;
/** a0 = slot, a1 = offset of a register of virtio-mmio [virtio 4.2.2], a2 = bytes (1, 2, 4, 8). Value: what is in it. */
export const COOP_READ: u32 = 3;
/** The same, a3 = what to put into it. */
export const COOP_WRITE: u32 = 4;
/** a0 = slot, a1 = queue: there are buffers. Gives control back. */
export const COOP_NOTIFY: u32 = 5;
/** a0 = physical address, a1 = bytes of text for the console. Value: how many of them were taken. */
export const COOP_SAY: u32 = 6;
/** Value: nanoseconds since 1970. */
export const COOP_WALL: u32 = 7;
/** a0 = physical address, a1 = bytes of a report. */
export const COOP_REPORT: u32 = 8;
/** a0 = physical address, a1 = bytes of whole pages that hold nothing any more: they may be zero from now on. */
export const COOP_FREE: u32 = 9;
export const COOP_FUNCTIONS: u32 = 10;

export const COOP_SLOTS: u32 = SLOT_COUNT;
export const COOP_QUEUES: u32 = SLOT_QUEUES;

// The page. Core and host write it only while the guest does not run; then the hart's software interrupt is pending.
/** u32, core: COOP_VERSION. */
export const COOP_PAGE_VERSION: u32 = 0x000;
/** u64 each: slots whose device has used buffers, and whose configuration has changed; the guest takes the bits away. */
export const COOP_PAGE_USED: u32 = 0x008;
export const COOP_PAGE_CHANGED: u32 = 0x010;
/** u64: COOP_EVENT_*; the guest takes the bits away. */
export const COOP_PAGE_EVENTS: u32 = 0x018;
/** u32 each, host: size of the console in characters. */
export const COOP_PAGE_COLUMNS: u32 = 0x020;
export const COOP_PAGE_ROWS: u32 = 0x024;
/** u32, host: bytes of console input ever written, and u32, guest: ever read. Byte n lies at COOP_PAGE_INPUT + n % COOP_INPUT_BYTES. */
export const COOP_PAGE_INPUT_HEAD: u32 = 0x028;
export const COOP_PAGE_INPUT_TAIL: u32 = 0x02c;
export const COOP_PAGE_INPUT: u32 = 0x800;
export const COOP_INPUT_BYTES: u32 = 0x800;

export const COOP_EVENT_INPUT: u32 = 1;
export const COOP_EVENT_SIZE: u32 = 2;
/** The host's clock was set or corrected. */
export const COOP_EVENT_WALL: u32 = 4;
/** The host asks for an orderly shutdown. */
export const COOP_EVENT_POWEROFF: u32 = 8;
/** The same, and to start again. */
export const COOP_EVENT_RESTART: u32 = 16;

// A report.
/** u32: COOP_REPORT_PANIC, COOP_REPORT_OOPS or COOP_REPORT_SURVIVED. */
export const COOP_REPORT_KIND: u32 = 0x000;
export const COOP_REPORT_PANIC: u32 = 1;
/** The guest shuts down in order. */
export const COOP_REPORT_OOPS: u32 = 2;
/** An oops, and the guest goes on. */
export const COOP_REPORT_SURVIVED: u32 = 3;
/** u32: how many of the stack's words count. */
export const COOP_REPORT_COUNT: u32 = 0x004;
/** u64 each: scause, stval and sstatus of an oops. */
export const COOP_REPORT_CAUSE: u32 = 0x008;
export const COOP_REPORT_BADADDR: u32 = 0x010;
export const COOP_REPORT_STATUS: u32 = 0x018;
/** u64[32]: pc, x1 to x31 of an oops. */
export const COOP_REPORT_REGISTERS: u32 = 0x020;
/** u64[COOP_REPORT_FRAMES]: return addresses, the innermost first. */
export const COOP_REPORT_STACK: u32 = 0x120;
export const COOP_REPORT_FRAMES: u32 = 32;
/** Text each, to its zero byte: the program that was running, and the message. */
export const COOP_REPORT_PROGRAM: u32 = 0x220;
export const COOP_REPORT_TEXT: u32 = 0x230;
export const COOP_REPORT_MESSAGE: u32 = 0x200;
export const COOP_REPORT_BYTES: u32 = 0x430;

// ---- Physical memory map: QEMU's `virt` board for what exists -----------------------------------------------------

export const FINISHER_PA: u32 = 0x0010_0000;
export const RTC_PA: u32 = 0x0010_1000;
export const PVPANIC_PA: u32 = 0x0010_2000;
export const ACLINT_PA: u32 = 0x0200_0000;
export const PLIC_PA: u32 = 0x0c00_0000;
export const PLIC_BYTES: u32 = 0x0060_0000;
export const UART_PA: u32 = 0x1000_0000;
/** Slots 0 to 7 are 4 KiB apart from here, slots 8 to 47 follow them without a gap. */
export const VIRTIO_PA: u32 = 0x1000_1000;
export const RAM_PA: u32 = 0x8000_0000;

/** Interrupt sources of the PLIC. Slot s raises 1 + s below slot 8 and 24 + s from there on. */
export const PLIC_SOURCES: u32 = 95;
export const UART_IRQ: u32 = 10;
export const RTC_IRQ: u32 = 11;
export const VIRTIO_IRQ_LOW: u32 = 1;
export const VIRTIO_IRQ_HIGH: u32 = 24;

/** Ticks per second of the time CSR. */
export const TIME_HZ: u32 = 10_000_000;
/** Cache block size of Zicbom, Zicbop and Zicboz in bytes [Zic64b]. */
export const CACHE_BLOCK_BYTES: u32 = 64;
