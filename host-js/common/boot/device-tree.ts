/*
 * Writes flattened device trees [devicetree 0.4, chapter 5]: nodes with properties as plain objects in, the blob that a kernel reads out.
 *
 *     header | memory reservations (none) | structure: tokens, big-endian, 4-byte aligned | strings: the properties' names
 */

/** A node: its properties in order, then its children. */
export interface Node {
  readonly name: string;
  readonly properties: Readonly<Record<string, Value>>;
  readonly children?: readonly Node[];
}

/** Numbers are u32 cells; strings are NUL-terminated; `true` is a property without a value. */
export type Value = true | string | readonly string[] | readonly number[] | Uint8Array;

const FDT_MAGIC = 0xd00dfeed;
const FDT_VERSION = 17;
const FDT_LAST_COMPATIBLE_VERSION = 16;
const FDT_BEGIN_NODE = 1;
const FDT_END_NODE = 2;
const FDT_PROP = 3;
const FDT_END = 9;
const HEADER_BYTES = 40;
const RESERVATIONS_BYTES = 16;

/** A u64 as two cells, for values below 2^53. */
export function cells64(value: number): [number, number] {
  return [Math.floor(value / 2 ** 32), value % 2 ** 32];
}

export function writeDeviceTree(root: Node): Uint8Array {
  const structure = new Cells();
  const strings = new Strings();
  writeNode(root, structure, strings);
  structure.cell(FDT_END);

  const structureBytes = structure.finish();
  const stringBytes = strings.finish();
  const structureAt = HEADER_BYTES + RESERVATIONS_BYTES;
  const stringsAt = structureAt + structureBytes.length;
  const header = new Cells();
  header.cell(FDT_MAGIC);
  header.cell(stringsAt + stringBytes.length);
  header.cell(structureAt);
  header.cell(stringsAt);
  header.cell(HEADER_BYTES);
  header.cell(FDT_VERSION);
  header.cell(FDT_LAST_COMPATIBLE_VERSION);
  header.cell(0); // the hart that boots
  header.cell(stringBytes.length);
  header.cell(structureBytes.length);

  const blob = new Uint8Array(stringsAt + stringBytes.length);
  blob.set(header.finish(), 0);
  blob.set(structureBytes, structureAt);
  blob.set(stringBytes, stringsAt);
  return blob;
}

function writeNode(node: Node, structure: Cells, strings: Strings): void {
  structure.cell(FDT_BEGIN_NODE);
  structure.bytes(terminated(node.name));
  for (const [name, value] of Object.entries(node.properties)) {
    const bytes = encode(value);
    structure.cell(FDT_PROP);
    structure.cell(bytes.length);
    structure.cell(strings.offset(name));
    structure.bytes(bytes);
  }
  for (const child of node.children ?? []) writeNode(child, structure, strings);
  structure.cell(FDT_END_NODE);
}

function encode(value: Value): Uint8Array {
  if (value === true) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return terminated(value);
  if (isStrings(value)) return terminated(value.join("\0"));
  const cells = new Cells();
  for (const cell of value) cells.cell(cell);
  return cells.finish();
}

function isStrings(value: readonly string[] | readonly number[]): value is readonly string[] {
  return typeof value[0] === "string";
}

function terminated(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** Big-endian words and padded byte strings, one after the other. */
class Cells {
  readonly #bytes: number[] = [];

  cell(value: number): void {
    this.#bytes.push((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
  }

  bytes(bytes: Uint8Array): void {
    for (const byte of bytes) this.#bytes.push(byte);
    while (this.#bytes.length % 4 !== 0) this.#bytes.push(0);
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** The names of properties, each once. */
class Strings {
  readonly #offsets = new Map<string, number>();
  #text = "";

  offset(name: string): number {
    const known = this.#offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.#text.length;
    this.#offsets.set(name, offset);
    this.#text += `${name}\0`;
    return offset;
  }

  finish(): Uint8Array {
    return new TextEncoder().encode(this.#text);
  }
}
