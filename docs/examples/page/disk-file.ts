/*
 * Disks as files of the user: one to be written, straight to where the user wants it where the browser can do that, else downloaded; and one to be chosen.
 */

/** Where a disk goes: takes all of it, and returns when it is there. */
export type Target = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => Promise<void>;

interface SavePicker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

/** Undefined when the user thought better of it. To be called while a click is served, or the browser does not ask. */
export async function chooseTarget(name: string): Promise<Target | undefined> {
  const { showSaveFilePicker } = window as SavePicker;
  if (showSaveFilePicker === undefined) return (stream) => download(name, stream);
  try {
    const handle = await showSaveFilePicker({ suggestedName: name });
    return async (stream) => stream.pipeTo(await handle.createWritable());
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return undefined;
    throw error;
  }
}

/** Undefined when the user thought better of it. */
export function chooseSource(): Promise<File | undefined> {
  const input = document.createElement("input");
  input.type = "file";
  return new Promise((chosen) => {
    input.addEventListener("change", () => chosen(input.files?.[0]));
    input.addEventListener("cancel", () => chosen(undefined));
    input.click();
  });
}

async function download(name: string, stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(await new Response(stream).blob());
  link.click();
  // The browser has taken it over by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
