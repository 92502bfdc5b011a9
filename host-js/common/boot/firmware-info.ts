/*
 * struct fw_dynamic_info: what a loader tells an OpenSBI of type fw_dynamic about its next stage [OpenSBI docs/firmware/fw_dynamic.md].
 */

const MAGIC = 0x4942534fn;
const VERSION = 2n;
const NEXT_MODE_S = 1n;
export const FIRMWARE_INFO_BYTES = 48;

/** The structure for a next stage at `nextPa`, which is entered in S-mode on hart 0. */
export function firmwareInfo(nextPa: number): Uint8Array {
  const bytes = new Uint8Array(FIRMWARE_INFO_BYTES);
  const view = new DataView(bytes.buffer);
  const options = 0n;
  const bootHart = 0n;
  [MAGIC, VERSION, BigInt(nextPa), NEXT_MODE_S, options, bootHart].forEach((word, i) => {
    view.setBigUint64(8 * i, word, true);
  });
  return bytes;
}
