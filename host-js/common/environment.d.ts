/*
 * What `host-js/common` uses of the JavaScript runtime beyond the language itself: the few web APIs that Node and browsers have in common.
 * Declared in the form of lib.dom and @types/node, and narrower, so that these files compile beside either of them.
 */

// biome-ignore-all lint/suspicious/noExplicitAny: the declarations that these merge with have it
// biome-ignore-all lint/suspicious/noEmptyInterface: an interface merges with lib.dom's, a type alias does not

declare namespace WebAssembly {
  interface Module {}
  var Module: { prototype: Module; new (bytes: ArrayBufferView<ArrayBuffer> | ArrayBuffer): Module };

  interface Instance {
    readonly exports: Record<string, unknown>;
  }
  var Instance: { prototype: Instance; new (module: Module, imports?: object): Instance };

  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  var Memory: { prototype: Memory; new (descriptor: { initial: number; maximum?: number }): Memory };

  interface Table {
    readonly length: number;
    set(index: number, value?: unknown): void;
  }
  var Table: { prototype: Table; new (descriptor: { element: "anyfunc"; initial: number }): Table };

  interface RuntimeError extends Error {}
  var RuntimeError: { prototype: RuntimeError; new (message?: string): RuntimeError };

  function compile(bytes: ArrayBufferView<ArrayBuffer> | ArrayBuffer): Promise<Module>;
}

interface TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
}
declare var TextEncoder: { prototype: TextEncoder; new (): TextEncoder };

interface TextDecoder {
  decode(input?: ArrayBufferView | ArrayBuffer): string;
}
declare var TextDecoder: { prototype: TextDecoder; new (label?: string): TextDecoder };

interface ReadableStreamDefaultController<R = any> {
  readonly desiredSize: number | null;
  close(): void;
  enqueue(chunk?: R): void;
  error(reason?: any): void;
}
interface ReadableStreamDefaultReader<R = any> {
  read(): Promise<{ done: false; value: R } | { done: true; value: R | undefined }>;
  cancel(reason?: any): Promise<void>;
  releaseLock(): void;
}
interface ReadableStream<R = any> {
  readonly locked: boolean;
  cancel(reason?: any): Promise<void>;
  getReader(): ReadableStreamDefaultReader<R>;
  pipeTo(destination: WritableStream<R>): Promise<void>;
}
declare var ReadableStream: {
  prototype: ReadableStream;
  new <R = any>(
    source?: {
      start?(controller: ReadableStreamDefaultController<R>): any;
      pull?(controller: ReadableStreamDefaultController<R>): void | PromiseLike<void>;
      cancel?(reason?: any): void | PromiseLike<void>;
    },
    strategy?: { highWaterMark?: number; size?(chunk: R): number },
  ): ReadableStream<R>;
};

interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: any): void;
}
declare var AbortController: { prototype: AbortController; new (): AbortController };
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: any;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
interface WritableStreamDefaultController {
  error(reason?: any): void;
}
interface WritableStreamDefaultWriter<W = any> {
  readonly ready: Promise<any>;
  write(chunk?: W): Promise<void>;
  close(): Promise<void>;
  abort(reason?: any): Promise<void>;
  releaseLock(): void;
}
interface WritableStream<W = any> {
  readonly locked: boolean;
  close(): Promise<void>;
  getWriter(): WritableStreamDefaultWriter<W>;
}
declare var WritableStream: {
  prototype: WritableStream;
  new <W = any>(
    sink?: {
      start?(controller: WritableStreamDefaultController): any;
      write?(chunk: W): void | PromiseLike<void>;
      close?(): void | PromiseLike<void>;
      abort?(reason?: any): void | PromiseLike<void>;
    },
    strategy?: { highWaterMark?: number; size?(chunk: W): number },
  ): WritableStream<W>;
};

interface DecompressionStream {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<any>;
}
declare var DecompressionStream: { prototype: DecompressionStream; new (format: "gzip"): DecompressionStream };
