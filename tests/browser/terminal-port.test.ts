import { describe, expect, test } from "vitest";
import { controlCharacter } from "../../host-js/browser/terminal/keys.js";
import { Attachment, type TerminalPeer } from "../../host-js/browser/terminal/port.js";
import { settle } from "../host/fakes.js";

const CHUNK_BYTES = 16384;

/** A peer that says a chunk whenever it is asked, and a screen that a test lets draw. */
function session(chunks: number) {
  const typed: number[] = [];
  const sizes: string[] = [];
  const seen = { read: 0, canceled: false };
  const output = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (seen.read === chunks) return controller.close();
        seen.read++;
        controller.enqueue(new Uint8Array(CHUNK_BYTES));
      },
      cancel() {
        seen.canceled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const peer = {
    output,
    input: new WritableStream<Uint8Array>({ write: (bytes) => void typed.push(...bytes) }),
    resize: (columns: number, rows: number) => void sizes.push(`${columns}x${rows}`),
  } satisfies TerminalPeer;
  const drawing: (() => void)[] = [];
  const screen = { hidden: false, write: (_: Uint8Array, shown: () => void) => void drawing.push(shown) };
  const draw = () => {
    for (const shown of drawing.splice(0)) shown();
  };
  return { peer, screen, draw, drawing, seen, typed, sizes };
}

describe("Attachment", () => {
  test("reads no more than a little ahead of what was drawn", async () => {
    const { peer, screen, draw, seen } = session(1000);
    const attachment = new Attachment(peer, screen);
    await settle();
    const ahead = seen.read;
    expect(ahead * CHUNK_BYTES).toBeLessThan(256 << 10);
    await settle();
    expect(seen.read).toBe(ahead);
    draw();
    await settle();
    expect(seen.read).toBeGreaterThan(ahead);
    attachment.detach();
  });

  test("reads further ahead while nobody looks, since timers hardly run then", async () => {
    const { peer, screen, seen } = session(1000);
    screen.hidden = true;
    const attachment = new Attachment(peer, screen);
    for (let i = 0; i < 100; i++) await settle();
    expect(seen.read * CHUNK_BYTES).toBeGreaterThan(4 << 20);
    expect(seen.read).toBeLessThan(1000);
    attachment.detach();
  });

  test("ends when the last chunk was drawn", async () => {
    const { peer, screen, draw, drawing } = session(3);
    let ended = false;
    void new Attachment(peer, screen).ended.then(() => (ended = true));
    for (let i = 0; i < 10; i++) await settle();
    expect(drawing.length).toBe(3);
    expect(ended).toBe(false);
    draw();
    await settle();
    expect(ended).toBe(true);
    expect(peer.output.locked || peer.input.locked).toBe(false);
  });

  test("gives the streams back as they are when it is detached", async () => {
    const { peer, screen, seen } = session(1000);
    const attachment = new Attachment(peer, screen);
    await settle();
    attachment.detach();
    await expect(attachment.ended).resolves.toBeUndefined();
    expect(peer.output.locked || peer.input.locked || seen.canceled).toBe(false);
  });

  test("passes on what is typed, and sizes", async () => {
    const { peer, screen, typed, sizes } = session(0);
    const attachment = new Attachment(peer, screen);
    attachment.type(new Uint8Array([104, 105]));
    attachment.resize(120, 40);
    await settle();
    expect(typed).toEqual([104, 105]);
    expect(sizes).toEqual(["120x40"]);
  });

  test("does not mind a peer that has ended", async () => {
    const { peer, screen } = session(1000);
    const gone = () => Promise.reject(new Error("gone"));
    const attachment = new Attachment({ ...peer, input: new WritableStream({ write: gone }), resize: gone }, screen);
    attachment.type(new Uint8Array(1));
    attachment.type(new Uint8Array(1));
    attachment.resize(80, 24);
    await settle();
    attachment.detach();
    await attachment.ended;
  });

  test("fails when the output does", async () => {
    const { peer, screen } = session(1);
    const output = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new Error("cut")) });
    await expect(new Attachment({ ...peer, output }, screen).ended).rejects.toThrow("cut");
  });
});

test.each([
  ["c", "\x03"],
  ["C", "\x03"],
  ["[", "\x1b"],
  ["@", "\0"],
  [" ", "\0"],
  ["?", "\x7f"],
  ["_", "\x1f"],
  ["1", undefined],
  ["é", undefined],
  ["cc", undefined],
])("controlCharacter(%j) is %j", (text, expected) => {
  expect(controlCharacter(text)).toBe(expected);
});
