/*
 * The image below a disk, wherever it lies, and how the disk remembers it.
 */

import type { BaseOrigin, Storage } from "../common/index.js";
import { BlobStorage, blobName } from "./blob-storage.js";
import { HttpStorage } from "./http-storage.js";

/** Each of these blocks costs a request of its own, and the ends of a disk say most: file systems and partition tables have their numbers there. */
const HTTP_SPREAD = 8;

export interface BaseImage {
  readonly storage: Storage;
  readonly origin: BaseOrigin;
}

/** Opens an address or a Blob. Rejects with ColinuxError: `image-unreachable`, `image-no-ranges`, `disk-size`. */
export async function openBase(
  image: string | Blob,
  report: ((message: string) => void) | undefined,
): Promise<BaseImage> {
  if (image instanceof Blob) {
    const modified = image instanceof File ? image.lastModified : 0;
    return { storage: BlobStorage.image(image), origin: { path: blobName(image), modified } };
  }
  const storage = await HttpStorage.open(image, { report });
  return { storage, origin: { path: image, modified: storage.modified, spread: HTTP_SPREAD } };
}

/** Whether the image can be found by what the disk remembers of it. */
export function isAddress(path: string): boolean {
  return /^https?:/.test(path);
}
