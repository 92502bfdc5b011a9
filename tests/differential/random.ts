/*
 * The generator of random numbers: a seed gives the same sequence everywhere [Marsaglia, xorshift128].
 */

export class Random {
  private a: number;
  private b = 0x9e37_79b9;
  private c = 0x7f4a_7c15;
  private d = 0x2545_f491;

  constructor(seed: number) {
    this.a = Math.imul(seed ^ 0x5bd1_e995, 0x85eb_ca6b) | 1;
    for (let i = 0; i < 16; i++) this.u32();
  }

  u32(): number {
    let t = this.d;
    this.d = this.c;
    this.c = this.b;
    const s = this.a;
    this.b = s;
    t ^= t << 11;
    t ^= t >>> 8;
    this.a = t ^ s ^ (s >>> 19);
    return this.a >>> 0;
  }

  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }

  /** 0 to `n` - 1. */
  below(n: number): number {
    return this.u32() % n;
  }

  /** `low` to `high`, both included. */
  within(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.below(n) === 0;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  /** One of `choices`, of which each comes as often as its weight says. */
  weighted<T>(choices: readonly (readonly [weight: number, choice: T])[]): T {
    let rest = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, choice] of choices) {
      rest -= weight;
      if (rest < 0) return choice;
    }
    throw new Error("Weights must not be negative");
  }
}
