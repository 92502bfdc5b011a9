import { beforeEach, describe, expect, it } from "vitest";
import { SLOT_CONFIG, SLOT_CONFIG_GENERATION } from "../../assembly/abi.js";
import { GuestConsole } from "../../host-js/common/console/console.js";
import { ConsoleInput } from "../../host-js/common/console/input.js";
import { LastWords } from "../../host-js/common/console/last-words.js";
import { ConsoleOutput, OUTPUT_BYTES_MAX } from "../../host-js/common/console/output.js";
import { ConsoleBackend } from "../../host-js/common/devices/console.js";
import { BUFFERS_PA, FakeCore, FakeDriver, settle, WRITE } from "./fakes.js";

const RECEIVE = 0;
const TRANSMIT = 1;
const encode = (text: string) => new TextEncoder().encode(text);

async function readAll(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) text += new TextDecoder().decode(chunk);
  return text;
}

describe("the virtio console", () => {
  let input: ConsoleInput;
  let output: ConsoleOutput;
  let backend: ConsoleBackend;
  let driver: FakeDriver;
  beforeEach(() => {
    input = new ConsoleInput(() => undefined);
    output = new ConsoleOutput(() => undefined);
    backend = new ConsoleBackend(input, output, 80, 24);
    driver = new FakeDriver(backend);
  });

  const transmit = (text: string, index = 0) => {
    driver.memory.write(BUFFERS_PA, encode(text));
    driver.offer([{ pa: BUFFERS_PA, bytes: text.length }], index, TRANSMIT);
    driver.slot.notified(TRANSMIT);
  };

  it("transmits to the output", async () => {
    transmit("hello ");
    transmit("world", 1);
    output.close();
    expect(await readAll(output.stream)).toBe("hello world");
    expect(driver.used(TRANSMIT).length).toBe(2);
  });

  it("receives into as many buffers as the input needs, and keeps the rest", async () => {
    driver.offer([{ pa: BUFFERS_PA, bytes: 4, flags: WRITE }], 0, RECEIVE);
    driver.offer([{ pa: BUFFERS_PA + 8, bytes: 4, flags: WRITE }], 1, RECEIVE);
    driver.slot.notified(RECEIVE);
    expect(driver.used(RECEIVE)).toEqual([]);
    await input.stream.getWriter().write(encode("abcdefghij"));
    backend.receive();
    expect(driver.used(RECEIVE)).toEqual([
      [0, 4],
      [1, 4],
    ]);
    expect(new TextDecoder().decode(driver.memory.ramView(BUFFERS_PA + 8, 4))).toBe("efgh");
    expect(input.empty).toBe(false);
    expect(backend.receiving).toBe(false);
  });

  it("takes no buffer while there is no input", () => {
    driver.offer([{ pa: BUFFERS_PA, bytes: 4, flags: WRITE }], 0, RECEIVE);
    backend.receive();
    expect(driver.used(RECEIVE)).toEqual([]);
    expect(backend.receiving).toBe(true);
  });

  it("resize() changes the configuration and raises a configuration interrupt", () => {
    const { view } = driver.core;
    const generation = view.getUint32(driver.slotPtr + SLOT_CONFIG_GENERATION, true);
    backend.resize(300, 50);
    expect(view.getUint16(driver.slotPtr + SLOT_CONFIG, true)).toBe(300);
    expect(view.getUint16(driver.slotPtr + SLOT_CONFIG + 2, true)).toBe(50);
    expect(view.getUint32(driver.slotPtr + SLOT_CONFIG_GENERATION, true)).toBe(generation + 1);
    expect(driver.core.raised).toEqual([[0, 2]]);
  });

  it("keeps the size over a reset of the machine", () => {
    backend.resize(100, 30);
    driver.slot.install();
    expect(driver.core.view.getUint16(driver.slotPtr + SLOT_CONFIG, true)).toBe(100);
  });

  it("holds buffers while nobody reads, and goes on where it was when somebody does", async () => {
    output.write(new Uint8Array(OUTPUT_BYTES_MAX).fill(46));
    output.flush();
    transmit("late");
    expect(driver.used(TRANSMIT)).toEqual([]);
    const reader = output.stream.getReader();
    const waited = output.room();
    for (let bytes = 0; bytes < OUTPUT_BYTES_MAX; ) bytes += (await reader.read()).value!.length;
    await waited;
    expect(driver.used(TRANSMIT).length).toBe(1);
    output.flush();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("late");
  });
});

describe("console output", () => {
  it("is not full before 1 MiB waits", () => {
    const output = new ConsoleOutput(() => undefined);
    output.write(new Uint8Array(OUTPUT_BYTES_MAX - 1));
    output.flush();
    expect(output.full).toBe(false);
  });

  it("loses nothing that is written beyond the limit", async () => {
    const output = new ConsoleOutput(() => undefined);
    output.write(new Uint8Array(OUTPUT_BYTES_MAX + 5000));
    output.close();
    expect((await readAll(output.stream)).length).toBe(OUTPUT_BYTES_MAX + 5000);
  });

  it("has room for ever once the reader has left", async () => {
    const output = new ConsoleOutput(() => undefined);
    output.write(new Uint8Array(OUTPUT_BYTES_MAX));
    output.flush();
    const room = output.room();
    await output.stream.cancel();
    await room;
    output.write(new Uint8Array(OUTPUT_BYTES_MAX));
    expect(output.full).toBe(false);
    output.close();
  });
});

describe("console input", () => {
  it("holds a writer while more than 64 KiB wait", async () => {
    const input = new ConsoleInput(() => undefined);
    const writer = input.stream.getWriter();
    let written = false;
    void writer.write(new Uint8Array(65_537)).then(() => {
      written = true;
    });
    await settle();
    expect(written).toBe(false);
    input.skip();
    await settle();
    expect(written).toBe(true);
  });

  it("drops everything once the machine has stopped", async () => {
    const input = new ConsoleInput(() => undefined);
    const writer = input.stream.getWriter();
    const held = writer.write(new Uint8Array(100_000));
    await settle();
    input.close();
    await held;
    await writer.write(new Uint8Array(100_000));
    expect(input.empty).toBe(true);
  });
});

describe("the guest's console", () => {
  let core: FakeCore;
  let guest: GuestConsole;
  let wakes: number;
  beforeEach(() => {
    core = new FakeCore();
    wakes = 0;
    const count = () => {
      wakes++;
    };
    guest = new GuestConsole(core, core.memory(), { columns: 80, rows: 24, polledUart: false }, count);
    new FakeDriver(guest.backend);
  });

  it("exchange() drains the text ring, also across its end", async () => {
    const text = "0123456789abcdef".repeat(500);
    for (let i = 0; i < 3; i++) {
      core.print(text);
      guest.exchange(0);
    }
    guest.output.close();
    expect(await readAll(guest.output.stream)).toBe(text.repeat(3));
  });

  it("keeps input until a driver listens, then gives it to the UART as its FIFO allows", async () => {
    const writer = guest.input.stream.getWriter();
    await writer.write(encode("twenty bytes of text"));
    expect(core.uart).toEqual([]);
    core.listening = true;
    guest.exchange(0);
    expect(core.uart.length).toBe(16);
    expect(guest.uartBusy).toBe(true);
    core.uart.length = 0;
    guest.exchange(0);
    expect(new TextDecoder().decode(Uint8Array.from(core.uart))).toBe("text");
    expect(guest.uartBusy).toBe(false);
    expect(wakes).toBeGreaterThan(0);
  });
});

describe("last words", () => {
  const PANIC = "[    0.61] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\r\n";
  const END =
    "[    0.62] ---[ end Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0) ]---\r\n";
  const REASON = "VFS: Unable to mount root fs on unknown-block(0,0)";
  const read = (words: LastWords, text: string, piece = text.length) => {
    const bytes = encode(text);
    for (let at = 0; at < bytes.length; at += piece) words.read(bytes.subarray(at, at + piece));
  };

  it.each([1, 7, 1000])("verdict() is a panic that spins for a while, read in pieces of %i bytes", (piece) => {
    const words = new LastWords();
    read(words, `booting\n${PANIC}${END}`, piece);
    expect(words.verdict(0)).toBeUndefined();
    expect(words.verdict(500)).toBe(REASON);
  });

  it("verdict() waits for the end of a panic that may still reboot the guest", () => {
    const words = new LastWords();
    read(words, PANIC);
    words.verdict(0);
    expect(words.verdict(10_000)).toBeUndefined();
  });

  it("verdict() does not believe a text that is shown by a guest that goes idle", () => {
    const words = new LastWords();
    read(words, PANIC + END);
    words.verdict(0);
    words.idle();
    expect(words.verdict(10_000)).toBeUndefined();
  });

  it("verdict() does not believe the words in the middle of a line", () => {
    const words = new LastWords();
    read(words, `Jan 1 kernel: ${PANIC}Jan 1 kernel: ${END}`);
    words.verdict(0);
    expect(words.verdict(10_000)).toBeUndefined();
  });

  it("verdict() comes with the last line when pvpanic has reported", () => {
    const words = new LastWords();
    read(words, PANIC);
    words.reported(100);
    expect(words.verdict(101)).toBeUndefined();
    read(words, END);
    expect(words.verdict(102)).toBe(REASON);
  });

  it("verdict() comes without a text when the console stays silent after the report", () => {
    const words = new LastWords();
    words.reported(100);
    expect(words.verdict(400)).toBe("the kernel gave no reason");
  });

  it("verdict() comes at once when the guest goes idle after its report", () => {
    const words = new LastWords();
    words.reported(100);
    words.idle();
    expect(words.verdict(101)).toBe("the kernel gave no reason");
  });

  it("halted tells a halt from a shutdown", () => {
    const words = new LastWords();
    read(words, "[   12.345678] reboot: System halted\r\n");
    expect(words.halted).toBe(true);
    read(words, "[   12.345678] reboot: Power down\r\n");
    expect(words.halted).toBe(false);
  });

  it("survives lines longer than any buffer", () => {
    const words = new LastWords();
    read(words, `${"x".repeat(100_000)}\n${PANIC}${END}`);
    words.verdict(0);
    expect(words.verdict(1000)).toBe(REASON);
  });
});
