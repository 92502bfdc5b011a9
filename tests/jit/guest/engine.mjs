/*
 * What a JavaScript engine is made to do, in the guest and on the host: the same text prints the same lines wherever it is right. Each program is hot enough for the engine's
 * compilers, and prints no times and nothing of the machine.
 */

import { createHash } from "node:crypto";
import { deflateSync, inflateSync } from "node:zlib";

/** xorshift32 */
function random(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const hash = (data) => createHash("sha256").update(data).digest("hex");
/** Those of a NaN are each processor's own. */
const bitsOf = (number) => {
  if (Number.isNaN(number)) return "NaN";
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return view.getBigUint64(0).toString(16);
};

/** FIPS 180-4, as numbers of JavaScript. */
function sha256(bytes) {
  const root = (n, power) => Math.floor((n ** power % 1) * 2 ** 32);
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  const k = Uint32Array.from(primes, (prime) => root(prime, 1 / 3));
  const h = Uint32Array.from(primes.slice(0, 8), (prime) => root(prime, 1 / 2));
  const padded = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  const w = new Uint32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const [x, y] = [w[i - 15], w[i - 2]];
      const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
      const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, z] = h;
    for (let i = 0; i < 64; i++) {
      const t1 = (z + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
      const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [z, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, z].forEach((value, i) => {
      h[i] += value;
    });
  }
  return Buffer.from(Uint8Array.from({ length: 32 }, (_, i) => h[i >> 2] >>> (24 - 8 * (i & 3)))).toString("hex");
}

const programs = {
  hashes() {
    const next = random(1);
    const data = Uint8Array.from({ length: 1_000_003 }, next);
    return [hash(data), sha256(data), sha256(data) === hash(data), createHash("md5").update(data).digest("hex")];
  },

  sorting() {
    const next = random(2);
    const numbers = Array.from({ length: 60_000 }, next);
    const typed = Float64Array.from(numbers, (n) => n / 7).sort();
    const ours = [...numbers];
    const quick = (from, to) => {
      if (to - from < 2) return;
      const pivot = ours[(from + to) >> 1];
      let [i, j] = [from, to - 1];
      while (i <= j) {
        while (ours[i] < pivot) i++;
        while (ours[j] > pivot) j--;
        if (i <= j) [ours[i++], ours[j--]] = [ours[j], ours[i]];
      }
      quick(from, j + 1);
      quick(i, to);
    };
    quick(0, ours.length);
    const theirs = [...numbers].sort((a, b) => a - b);
    const words = numbers
      .slice(0, 20_000)
      .map((n) => n.toString(36))
      .sort();
    return [ours.every((n, i) => n === theirs[i]), hash(theirs.join()), hash(typed.join()), hash(words.join())];
  },

  bigIntegers() {
    let [a, b] = [0n, 1n];
    for (let i = 0; i < 6000; i++) [a, b] = [b, a + b];
    let factorial = 1n;
    for (let i = 1n; i <= 1200n; i++) factorial *= i;
    const power = (base, exponent, modulus) => {
      let result = 1n;
      for (let b = base, e = exponent; e > 0n; e >>= 1n, b = (b * b) % modulus)
        if (e & 1n) result = (result * b) % modulus;
      return result;
    };
    const mersenne = 2n ** 521n - 1n;
    return [
      hash(a.toString()),
      hash(factorial.toString(16)),
      power(3n, mersenne - 1n, mersenne),
      (factorial / a) % 1_000_000_007n,
      BigInt.asIntN(64, factorial / 3n ** 500n) ^ BigInt.asUintN(63, a),
    ];
  },

  expressions() {
    const next = random(3);
    const words = Array.from({ length: 30_000 }, () => next().toString(2 + (next() % 35)));
    const text = words.join(" ");
    const mails = text.replace(/(\w{3,5}) (\d+) /g, (_, name, n) => `<${name}@${n % 97}> `);
    return [
      text.match(/\b[a-f]+\d{2,}\b/gi)?.length,
      hash(mails),
      mails.match(/<(?<name>[^@>]+)@(?<host>\d+)>/)?.groups?.host,
      text.split(/(?<=[02468]) (?=[13579])/).length,
      [...text.matchAll(/(\d)\1{2,}/g)].length,
      /^(a+)+$/.test(`${"a".repeat(22)}b`),
      "ΑΒΓ straße İ".replace(/\p{Lu}/gu, (letter) => letter.toLowerCase()),
    ];
  },

  mathematics() {
    const sum = (name, lowest) => {
      let sum = 0;
      for (let i = 1; i < 30_000; i++) sum += Math[name](lowest + i * 0.00137);
      return sum;
    };
    const exact = ["fround", "floor", "ceil", "round", "trunc", "clz32", "sign", "abs"];
    // Most of these are V8's own, in C++, whose last bits are a matter of fused multiply-add.
    const nearly = ["sqrt", "sin", "cos", "tan", "atan", "exp", "log", "cbrt", "expm1", "log1p", "sinh", "tanh"];
    const sums = [
      ...exact.map((name) => bitsOf(sum(name, -17))),
      ...nearly.map((name) => sum(name, 0).toPrecision(10)),
    ];
    let [power, hypot, product] = [0, 0, 1];
    for (let i = 1; i < 30_000; i++) {
      power += (i * 0.01) ** ((i % 7) - 3.5);
      hypot += Math.hypot(i, 3 - i) + Math.atan2(i - 99, i * 1e-3);
      product = Math.imul(product, i | 1) ^ (i * 4294967297.5);
    }
    const edges = [0 / 0, -1 / 0, -0, 5e-324 / 2, 2 ** 53 + 1, 0.1 + 0.2, 1e21, 1e-7, 123456789.12345678];
    return [...sums, power.toPrecision(10), hypot.toPrecision(10), product, edges.join(), edges.map(bitsOf).join()];
  },

  /** Calls whose receivers change shape and kind after they were compiled for another. */
  deoptimisation() {
    class Shape {
      area() {
        return 0;
      }
    }
    class Square extends Shape {
      constructor(a) {
        super();
        this.a = a;
      }
      area() {
        return this.a * this.a;
      }
    }
    class Circle extends Shape {
      #r;
      constructor(r) {
        super();
        this.#r = r;
      }
      area() {
        return this.#r * this.#r * 3;
      }
    }
    const total = (shapes) => {
      let sum = 0;
      for (const shape of shapes) sum += shape.area();
      return sum;
    };
    const add = (a, b) => a + b;
    const at = (array, i) => array[i] ?? "none";
    const out = [];
    const squares = Array.from({ length: 1000 }, (_, i) => new Square(i));
    for (let round = 0; round < 60; round++) out.push(total(squares));
    squares[500] = new Circle(7);
    for (let round = 0; round < 60; round++) out.push(total(squares));
    squares[501] = { area: () => 0.5 };
    for (let round = 0; round < 60; round++) out.push(total(squares));
    Square.prototype.area = function () {
      return this.a;
    };
    for (let round = 0; round < 60; round++) out.push(total(squares));
    for (const [a, b] of [
      [1, 2],
      [2 ** 30, 2 ** 30],
      [2 ** 31, 2 ** 31],
      [0.5, 1],
      ["a", 1],
      [1n, 2n],
      [null, 1],
      [{}, []],
    ]) {
      let last;
      for (let i = 0; i < 20_000; i++) last = add(a, b);
      out.push(String(last));
    }
    const arrays = [[1, 2, 3], [1.5, 2], ["x", {}], new Array(3), new Uint8Array(3), "text", Object.freeze([9])];
    for (const array of arrays)
      for (let i = 0; i < 20_000; i++)
        if (i % 5000 === 0) out.push(String(at(array, i % 4)));
        else at(array, i % 4);
    let caught = 0;
    const thrower = (i) => {
      if (i % 3 === 0) throw new RangeError(`${i}`);
      return i;
    };
    for (let i = 0; i < 30_000; i++) {
      try {
        caught += thrower(i);
      } catch (error) {
        caught -= Number(error.message);
      } finally {
        caught ^= 1;
      }
    }
    const counters = Array.from({ length: 50 }, (_, n) => {
      let count = n;
      return () => (count = (count * 31 + n) | 0);
    });
    for (let i = 0; i < 2000; i++) for (const counter of counters) counter();
    out.push(caught, counters.map((counter) => counter()).join());
    return [hash(out.join("\n")), out.length, caught];
  },

  /** Functions that are made while the program runs: ever new code, compiled and thrown away. */
  generated() {
    let sum = 0;
    for (let n = 0; n < 300; n++) {
      const f = new Function(
        "a",
        "b",
        `let s = ${n}; for (let i = 0; i < a; i++) s = (s * ${2 * n + 3} + (b ^ i)) | 0; return s;`,
      );
      for (let i = 0; i < 20; i++) sum = (sum + f(200, i)) | 0;
    }
    return [sum];
  },

  collections() {
    const next = random(4);
    const map = new Map();
    const object = {};
    const set = new Set();
    for (let i = 0; i < 80_000; i++) {
      const key = next() % 5000;
      map.set(key, (map.get(key) ?? 0) + 1);
      object[`k${key % 700}`] = (object[`k${key % 700}`] ?? 0) + key;
      if (!set.delete(key)) set.add(key);
    }
    let tree = null;
    const build = (depth) =>
      depth === 0 ? null : { left: build(depth - 1), right: build(depth - 1), value: next() % 10 };
    let nodes = 0;
    const walk = (node) => {
      if (node === null) return;
      nodes += node.value;
      walk(node.left);
      walk(node.right);
    };
    for (let round = 0; round < 12; round++) {
      tree = build(13);
      walk(tree);
    }
    function* numbers(count) {
      for (let i = 0; i < count; i++) yield i * i;
    }
    let yielded = 0;
    for (const n of numbers(30_000)) yielded = (yielded + n) % 1_000_003;
    const json = JSON.stringify({ object, map: [...map], set: [...set] });
    return [
      hash(json),
      hash(JSON.stringify(JSON.parse(json).map.sort((a, b) => b[1] - a[1] || a[0] - b[0]))),
      nodes,
      yielded,
    ];
  },

  typedArrays() {
    const size = 1 << 16;
    const [a, b, c] = [new Float64Array(size), new Float32Array(size), new Int16Array(size)];
    for (let i = 0; i < size; i++) {
      a[i] = i / 3;
      b[i] = Math.sqrt(i);
      c[i] = i * 7919;
    }
    for (let round = 0; round < 10; round++)
      for (let i = 1; i < size - 1; i++) {
        a[i] = (a[i - 1] + 2 * a[i] + a[i + 1]) / 4 + b[i];
        b[i] = a[i] * 0.25 - c[i];
        c[i] += b[i] ^ i;
      }
    const long = new BigInt64Array(4000);
    for (let round = 0; round < 10; round++)
      for (let i = 0; i < long.length; i++) long[i] = long[(i * 13) % 4000] * 6364136223846793005n + BigInt(i);
    const clamped = Uint8ClampedArray.from(a, (n) => n % 400);
    const sum = [a, b, c, long, clamped].map((array) => hash(new Uint8Array(array.buffer)));
    return [...sum, hash(inflateSync(deflateSync(new Uint8Array(a.buffer), { level: 9 })))];
  },

  /** fib: calls; twist: calls through a table, i64; sum: f64 and f32 in memory; trunc: a trap. */
  async webAssembly() {
    const base64 =
      "AGFzbQEAAAABFQRgAX8Bf2ABfwF+YAF/AXxgAXwBfwMGBQAAAQIDBAQBcAACBQMBAAIHIQUBbQIAA2ZpYgAABXR3aXN0AAIDc3Vt" +
      "AAMFdHJ1bmMABAkIAQBBAAsCAAEK3QEFHAAgAEECSAR/IAAFIABBAWsQACAAQQJrEABqCwsQACAAQQd3IABBt7wCbGlzCzwCAX8B" +
      "fgNAIAJClfip+pe33puef34gAa2JIAFBD3EgAUECcBEAAKx8IQIgAUEBaiEBIAEgAEkNAAsgAgtqAgF/AXwDQCABQf//AHFBA3Qg" +
      "AbifOQMAIAIgAUEHbEH//wBxQQN0KwMARDMzMzMzM9M/oqAhAiACIAJEAAAAAAAAHECjtruhIQIgAkQAAAAAgIQuQaQhAiABQQFq" +
      "IQEgASAASQ0ACyACCwUAIACqCw==";
    const { instance } = await WebAssembly.instantiate(Buffer.from(base64, "base64"));
    const { fib, twist, sum, trunc, m } = instance.exports;
    let trap = "none";
    try {
      trunc(1e10);
    } catch (error) {
      trap = error.message;
    }
    const results = [fib(25), twist(400_000), bitsOf(sum(300_000)), trunc(-3.9), trap];
    return [...results, hash(new Uint8Array(m.buffer))];
  },

  async promises() {
    const later = (n) => new Promise((done) => (n % 3 === 0 ? setImmediate(done, n) : queueMicrotask(() => done(n))));
    let sum = 0;
    for (let round = 0; round < 40; round++) {
      const results = await Promise.all(Array.from({ length: 50 }, (_, i) => later(round * 50 + i)));
      for (const n of results) sum = (sum * 31 + n) | 0;
    }
    for await (const n of (async function* () {
      for (let i = 0; i < 3000; i++) yield i;
    })())
      sum = ((sum ^ n) * 3) | 0;
    return [sum];
  },
};

for (const [name, program] of Object.entries(programs)) console.log(name, (await program()).join(" "));
