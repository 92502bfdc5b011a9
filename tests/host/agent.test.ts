/*
 * The host's side of the agent against agents that are too new, that talk nonsense, and that go away, over connections in memory.
 */

import { beforeEach, describe, expect, it } from "vitest";
import { Agent } from "../../host-js/common/agent/agent.js";
import { PROTOCOL } from "../../host-js/common/agent/protocol.js";
import { FrameReader, Payload } from "../../host-js/common/agent/wire.js";
import { ColinuxError } from "../../host-js/common/errors.js";
import type { Connections, Duplex } from "../../host-js/common/ports.js";
import { FakeEnvironment, settle } from "./fakes.js";

const { MAGIC, VERSION, PORT, HELLO_PORT_FIRST, HELLO, STARTED, FAILED, EXITED, RESULT, DATA, ENTRIES } = PROTOCOL;

/** Both ends of a connection; `far` is the guest's. */
class Wire {
  readonly near: Duplex;
  readonly far: Duplex;
  isReset = false;

  constructor() {
    const there = new TransformStream<Uint8Array, Uint8Array>({}, undefined, { highWaterMark: 100 });
    const back = new TransformStream<Uint8Array, Uint8Array>({}, undefined, { highWaterMark: 100 });
    const reset = () => {
      this.isReset = true;
    };
    this.near = { readable: back.readable, writable: there.writable, reset };
    this.far = { readable: there.readable, writable: back.writable, reset };
  }

  /** Sends bytes to the host. */
  async say(bytes: Uint8Array): Promise<void> {
    const writer = this.far.writable.getWriter();
    await writer.write(bytes);
    writer.releaseLock();
  }
}

class FakeConnections implements Connections {
  readonly made: Wire[] = [];
  refusing = false;
  #accept!: (connection: Duplex, guestPort: number) => void;

  async connect(port: number): Promise<Duplex> {
    expect(port).toBe(PORT);
    if (this.refusing) throw new ColinuxError("connection-refused", "no");
    const wire = new Wire();
    this.made.push(wire);
    return wire.near;
  }

  listen(port: number, accept: (connection: Duplex, guestPort: number) => void): () => void {
    expect(port).toBe(PORT);
    this.#accept = accept;
    return () => undefined;
  }

  /** An agent says hello. */
  async hello(version: number = VERSION, magic: number = MAGIC, port: number = HELLO_PORT_FIRST): Promise<Wire> {
    const wire = new Wire();
    this.#accept(wire.near, port);
    await wire.say(new Payload().u32(magic).u32(version).string("build").frame(HELLO));
    await settle();
    return wire;
  }
}

let connections: FakeConnections;
let environment: FakeEnvironment;
let agent: Agent;
let greetings: number;
beforeEach(() => {
  connections = new FakeConnections();
  environment = new FakeEnvironment();
  greetings = 0;
  agent = new Agent(connections, environment, () => greetings++);
});

describe("the hello", () => {
  it("makes it ready, and is answered", async () => {
    const ready = agent.ready({});
    const wire = await connections.hello();
    await ready;
    await agent.ready({});
    expect(greetings).toBe(1);
    const answer = await new FrameReader(wire.far.readable).next();
    expect(answer?.kind).toBe(HELLO);
    expect(answer?.payload).toEqual(new Payload().u32(MAGIC).u32(VERSION).frame(0).subarray(8));
    expect(environment.timers.size).toBe(0);
  });

  it("of another version is answered, and said to whoever asks or waits", async () => {
    const waiting = agent.ready({});
    waiting.catch(() => undefined);
    const wire = await connections.hello(VERSION + 1);
    await expect(waiting).rejects.toMatchObject({ code: "agent-version" });
    await expect(agent.exec(["true"], {})).rejects.toMatchObject({ code: "agent-version" });
    expect((await new FrameReader(wire.far.readable).next())?.kind).toBe(HELLO);
    // When it goes, another may come.
    await wire.far.writable.close();
    await settle();
    await connections.hello();
    await agent.ready({});
    expect(greetings).toBe(1);
  });

  it("from a port that is not root's is not taken", async () => {
    const wire = await connections.hello(VERSION, MAGIC, 1024);
    expect(wire.isReset).toBe(true);
    expect(greetings).toBe(0);
  });

  it("that is none is not taken", async () => {
    const wire = await connections.hello(VERSION, 1);
    expect(wire.isReset).toBe(true);
    const late = agent.ready({ readyTimeout: 50 });
    late.catch(() => undefined);
    await environment.advance(50);
    await expect(late).rejects.toMatchObject({ code: "agent-missing" });
  });

  it("ends with its connection", async () => {
    const wire = await connections.hello();
    await wire.far.writable.close();
    await settle();
    const late = agent.ready({});
    late.catch(() => undefined);
    await environment.advance(59_999);
    await environment.advance(1);
    await expect(late).rejects.toMatchObject({ code: "agent-missing" });
  });

  it("is not waited for any more when the machine has stopped", async () => {
    const waiting = agent.ready({ readyTimeout: Number.POSITIVE_INFINITY });
    waiting.catch(() => undefined);
    expect(environment.timers.size).toBe(0);
    agent.stop();
    await expect(waiting).rejects.toMatchObject({ code: "agent-missing" });
  });
});

describe("an agent that does not keep to the protocol", () => {
  beforeEach(async () => {
    await connections.hello();
  });

  const answered = async (...frames: Uint8Array[]): Promise<void> => {
    await settle();
    for (const frame of frames) await connections.made[0]!.say(frame);
  };
  const caught = (promise: Promise<unknown>) => promise.catch((error) => error);

  it.each<[string, Uint8Array]>([
    ["an unknown frame", new Payload().frame(99)],
    ["a frame that is too short", new Payload().frame(STARTED)],
    ["a frame that is too long", new Uint8Array(8).fill(0xff)],
  ])("fails an exec with agent-lost: %s", async (_, frame) => {
    const outcome = caught(agent.exec(["true"], {}));
    await answered(frame);
    expect(await outcome).toMatchObject({ code: "agent-lost" });
    expect(connections.made.every(({ isReset }) => isReset)).toBe(true);
  });

  it("fails what runs", async () => {
    const starting = agent.exec(["true"], {});
    await answered(new Payload().u32(12).frame(STARTED), new Payload().u32(1).frame(RESULT));
    const { pid, exited } = await starting;
    expect(pid).toBe(12);
    await expect(exited).rejects.toMatchObject({ code: "agent-lost" });
  });

  it("fails a listing and a file that end in the middle", async () => {
    const listing = caught(agent.files.readdir("/"));
    await answered(new Payload().u32(4).u32(100).frame(ENTRIES));
    expect(await listing).toMatchObject({ code: "agent-lost" });
    const reading = caught(agent.files.readFile("/a"));
    await settle();
    await connections.made[1]!.say(new Payload().bytes(Uint8Array.of(1, 2)).frame(DATA));
    await connections.made[1]!.far.writable.close();
    expect(await reading).toMatchObject({ code: "agent-lost" });
  });

  it("tells failures and exits that it knows no name for by their numbers", async () => {
    const failing = caught(agent.exec(["true"], {}));
    await answered(new Payload().u32(3).u32(200).frame(FAILED));
    expect(await failing).toMatchObject({ code: "exec-failed", errno: "E200" });
    connections.made.length = 0;
    const starting = agent.exec(["true"], {});
    await answered(new Payload().u32(12).frame(STARTED), new Payload().u32(0).u32(40).frame(EXITED));
    expect(await (await starting).exited).toEqual({ signal: "SIG40" });
  });

  it("that takes no connections is tried again for a while, and then lost", async () => {
    connections.refusing = true;
    expect(await caught(agent.exec(["true"], { readyTimeout: 0 }))).toMatchObject({ code: "agent-lost" });
    const looking = caught(agent.files.stat("/", { readyTimeout: 30 }));
    for (let i = 0; i < 6; i++) await environment.advance(10);
    expect(await looking).toMatchObject({ code: "agent-lost" });
    const listing = agent.files.readdir("/");
    await environment.advance(10);
    connections.refusing = false;
    await environment.advance(20);
    await answered(new Payload().u32(0).frame(RESULT));
    expect(await listing).toEqual([]);
  });

  it("that takes no connections is not waited for after an abort", async () => {
    connections.refusing = true;
    const controller = new AbortController();
    const listing = caught(agent.files.readdir("/", { signal: controller.signal }));
    await settle();
    controller.abort();
    expect(await listing).toMatchObject({ code: "aborted" });
    expect(environment.timers.size).toBe(0);
  });
});
