/*
 * What v86-page.ts uses of the npm package v86, which is not among this project's own: v86-parts.ts fetches it when it is measured.
 */

declare module "v86" {
  interface Image {
    readonly url: string;
  }

  interface Options {
    readonly wasm_path: string;
    readonly bios: Image;
    readonly vga_bios: Image;
    readonly bzimage: Image;
    readonly initrd: Image;
    readonly memory_size: number;
    readonly cmdline: string;
    readonly autostart: boolean;
    readonly disable_keyboard: boolean;
    readonly disable_mouse: boolean;
    readonly disable_speaker: boolean;
  }

  export class V86 {
    constructor(options: Options);
    add_listener(event: "serial0-output-byte", listener: (byte: number) => void): void;
    add_listener(event: "download-error", listener: (failure: unknown) => void): void;
    serial0_send(text: string): void;
    run(): Promise<void>;
    stop(): Promise<void>;
  }
}
