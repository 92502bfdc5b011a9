/*
 * Power failures under overlays by the thousand: see power-loss.test.ts. A fault is done again with the seed that its message tells.
 */

import { describe, expect, test } from "vitest";
import { Random } from "../differential/random.js";
import { OverlayLoad } from "./cuts.js";

describe("power failures under an overlay", () => {
  test.each([
    { seed: 11, bytes: 1 << 20, requests: 2000, inFlight: 8, cuts: 300 },
    { seed: 12, bytes: (4 << 20) + 512, requests: 1500, inFlight: 4, cuts: 300 },
    { seed: 13, bytes: 256 << 10, requests: 3000, inFlight: 16, cuts: 300 },
    { seed: 14, bytes: (33 << 20) + 3584, requests: 600, inFlight: 8, cuts: 60 },
    { seed: 15, bytes: 128 << 10, requests: 2000, inFlight: 1, cuts: 300 },
  ])("take nothing that was flushed: %j", async ({ cuts, ...options }) => {
    const load = new OverlayLoad(options);
    await load.run();
    const chance = new Random(options.seed);
    const faults: string[] = [];
    let unsafe = 0;
    for (let n = 0; n < cuts; n++) {
      const moment = chance.within(load.begin, load.log.now);
      unsafe += load.log.unsafeAt(moment);
      faults.push(...(await load.cut(moment, chance.u32())).faults);
    }
    expect(faults).toEqual([]);
    console.log(`${cuts} cuts, ${unsafe} writes at risk`);
  });

  test("come again and again", async () => {
    const chance = new Random(21);
    let image: Uint8Array | undefined;
    for (let generation = 0; generation < 60; generation++) {
      const load = new OverlayLoad({ seed: 21, bytes: (1 << 20) + 512, requests: 60, inFlight: 6 });
      await load.run(image);
      const cut = await load.cut(chance.within(load.begin, load.log.now), chance.u32());
      expect(cut.faults).toEqual([]);
      image = cut.image;
    }
  });
});
