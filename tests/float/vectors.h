/*
 * Test vectors for floating-point instructions: a deterministic stream of operands that is dense where rounding is hard.
 *
 *     PROGRAM mnemonic rm seed count
 *
 * writes `count` records of five little-endian u64: operands a, b and c, the result register, the flags. The including
 * file says how an instruction is executed: it defines `instructions`, ended by a null name, and `set_rounding`.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t u64;
typedef u64 execute_fn(u64 a, u64 b, u64 c, u64 *flags);

/* What the operands are: 'd' or 's' for floating point of that width, 'x' for an integer. */
struct instruction {
  const char *name;
  char operand;
  execute_fn *execute;
};

/* ---- Operands -------------------------------------------------------------------------------------------------- */

static u64 state;

/* splitmix64 */
static u64 next(void) {
  u64 z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

static u64 below(u64 n) { return next() % n; }

/* Few bits set, few bits clear, a run of ones, or anything. */
static u64 pattern(void) {
  switch (below(8)) {
  case 0: return 0;
  case 1: return ~(u64)0;
  case 2: return (u64)1 << below(64);
  case 3: return ~((u64)1 << below(64));
  case 4: return ((u64)1 << below(64)) - ((u64)1 << below(64));
  case 5: return ((u64)1 << below(64)) | ((u64)1 << below(64)) | below(4);
  default: return next();
  }
}

struct format {
  int fraction_bits, exponent_bits;
};
static const struct format binary64 = {52, 11}, binary32 = {23, 8};

/* Exponents near both ends, near zero, far away, or such that a product or a quotient with `partner` is just tiny. */
static u64 exponent(struct format f, u64 partner) {
  const int max = (1 << f.exponent_bits) - 1, bias = max >> 1;
  const int other = (int)(partner >> f.fraction_bits) & max;
  int e;
  switch (below(10)) {
  case 0: e = (int)below(4); break;
  case 1: e = max - (int)below(4); break;
  case 2: e = bias + (int)below(140) - 70; break;
  case 3: e = bias + (int)below(8) - 4; break;
  case 4: e = other + (int)below(8) - 4; break;
  case 5: e = other + (int)below(2 * f.fraction_bits + 8) - f.fraction_bits - 4; break;
  case 6: e = bias - other + (int)below(f.fraction_bits + 8) - f.fraction_bits - 4; break;
  case 7: e = other + bias + (int)below(f.fraction_bits + 8) - 4; break;
  default: e = (int)below(max + 1); break;
  }
  return e < 0 ? 0 : e > max ? max : e;
}

static u64 number(struct format f, u64 partner) {
  const u64 fraction = pattern() & (((u64)1 << f.fraction_bits) - 1);
  const u64 sign = below(2) << (f.fraction_bits + f.exponent_bits);
  return sign | exponent(f, partner) << f.fraction_bits | fraction;
}

/* ---- Records --------------------------------------------------------------------------------------------------- */

/* Nearly -a*b, so that a fused multiply-add cancels. */
static u64 near_product64(u64 a, u64 b) {
  double x, y;
  memcpy(&x, &a, 8);
  memcpy(&y, &b, 8);
  x = -(x * y);
  memcpy(&a, &x, 8);
  return a + below(5) - 2;
}

static u64 near_product32(u64 a, u64 b) {
  const uint32_t a32 = (uint32_t)a, b32 = (uint32_t)b;
  uint32_t c32;
  float x, y;
  memcpy(&x, &a32, 4);
  memcpy(&y, &b32, 4);
  x = -(x * y);
  memcpy(&c32, &x, 4);
  return (uint32_t)(c32 + below(5) - 2);
}

static void operands(char kind, u64 record[3]) {
  if (kind == 'x') {
    record[0] = below(2) ? pattern() : pattern() >> below(64);
    record[1] = record[2] = 0;
    return;
  }
  const struct format f = kind == 'd' ? binary64 : binary32;
  record[0] = number(f, next());
  record[1] = below(32) ? number(f, record[0]) : record[0];
  if (below(4)) record[2] = number(f, record[below(2)]);
  else record[2] = kind == 'd' ? near_product64(record[0], record[1]) : near_product32(record[0], record[1]);
}

static void set_rounding(unsigned rm);
static const struct instruction instructions[];

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  const struct instruction *i = instructions;
  while (i->name && strcmp(i->name, argv[1])) i++;
  if (!i->name) return 3;
  set_rounding((unsigned)atoi(argv[2]));
  state = strtoull(argv[3], 0, 0);
  for (long n = atol(argv[4]); n > 0; n--) {
    u64 record[5];
    operands(i->operand, record);
    record[3] = i->execute(record[0], record[1], record[2], &record[4]);
    fwrite(record, sizeof record, 1, stdout);
  }
  return 0;
}
