/*
 * A power failure while an overlay is written: what was flushed is there, and nothing is where it was never written.
 */

import { describe, expect, test } from "vitest";
import { Random } from "../differential/random.js";
import { OverlayLoad } from "./cuts.js";

const LOAD = { seed: 1, bytes: (1 << 20) + 1536, requests: 400, inFlight: 4 };

describe("a power failure under an overlay", () => {
  test.each([LOAD, { ...LOAD, seed: 2, inFlight: 1 }])("takes nothing that was flushed: %j", async (options) => {
    const load = new OverlayLoad(options);
    await load.run();
    const chance = new Random(options.seed);
    const faults: string[] = [];
    for (let n = 0; n < 100; n++) {
      faults.push(...(await load.cut(chance.within(load.begin, load.log.now), chance.u32())).faults);
    }
    expect(faults).toEqual([]);
  });

  test("may come again", async () => {
    const chance = new Random(3);
    let image: Uint8Array | undefined;
    for (let generation = 0; generation < 4; generation++) {
      const load = new OverlayLoad({ ...LOAD, seed: 3, requests: 100 });
      await load.run(image);
      for (let n = 0; n < 5; n++) {
        const cut = await load.cut(chance.within(load.begin, load.log.now), chance.u32());
        expect(cut.faults).toEqual([]);
        image = cut.image;
      }
    }
  });

  test("is noticed to take something with a disk that lies about nine flushes in ten", async () => {
    const load = new OverlayLoad(LOAD);
    await load.run();
    const chance = new Random(1);
    const faults: string[] = [];
    for (let n = 0; n < 20; n++) {
      const moment = chance.within(load.begin, load.log.now);
      faults.push(...(await load.cut(moment, chance.u32(), (flush) => flush % 10 !== 0)).faults);
    }
    expect(faults).not.toEqual([]);
  });
});
