/*
 * int: integer programs in a small working set. Sieve, SHA-256, CRC-32, quicksort, compression, a hash table, a byte-code machine, a
 * matrix, 64-bit arithmetic, calls.
 */

#include "rvb.h"

#define SIEVE_N (1u << 18)
static uint64_t t_sieve(uint32_t iters)
{
	uint8_t *s = arena;
	uint64_t count = 0;

	while (iters--) {
		memset(s, 1, SIEVE_N);
		for (uint32_t i = 2; i * i < SIEVE_N; i++)
			if (s[i])
				for (uint32_t j = i * i; j < SIEVE_N; j += i)
					s[j] = 0;
		for (uint32_t i = 2; i < SIEVE_N; i++)
			count += s[i];
	}
	return count;
}

static const uint32_t sha_k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static inline uint32_t ror(uint32_t x, int n)
{
	return (x >> n) | (x << (32 - n));
}

static NOINLINE void sha_block(uint32_t h[8], const uint8_t *p)
{
	uint32_t w[64], v[8];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
		       (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
	for (int i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] + (ror(a, 7) ^ ror(a, 18) ^ (a >> 3)) +
		       (ror(b, 17) ^ ror(b, 19) ^ (b >> 10));
	}
	memcpy(v, h, sizeof(v));
	for (int i = 0; i < 64; i++) {
		uint32_t e = v[4], a = v[0];
		uint32_t t1 = v[7] + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) +
			      ((e & v[5]) ^ (~e & v[6])) + sha_k[i] + w[i];
		uint32_t t2 = (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) +
			      ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

		v[7] = v[6];
		v[6] = v[5];
		v[5] = v[4];
		v[4] = v[3] + t1;
		v[3] = v[2];
		v[2] = v[1];
		v[1] = v[0];
		v[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		h[i] += v[i];
}

#define SHA_N (64u << 10)
static void s_text(void)
{
	fill_text(arena, 1u << 20);
}

static uint64_t t_sha256(uint32_t iters)
{
	uint32_t h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
			  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

	while (iters--)
		for (uint32_t i = 0; i < SHA_N; i += 64)
			sha_block(h, arena + i);
	return h[0] ^ h[7];
}

static uint32_t crc_tab[256];
static void s_crc(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
		crc_tab[i] = c;
	}
	s_text();
}

#define CRC_N (256u << 10)
static uint64_t t_crc32(uint32_t iters)
{
	uint32_t c = ~0u;

	while (iters--)
		for (uint32_t i = 0; i < CRC_N; i++)
			c = crc_tab[(c ^ arena[i]) & 255] ^ (c >> 8);
	return c;
}

#define QS_N (1u << 14)
static NOINLINE void qs(uint32_t *a, int lo, int hi)
{
	while (lo < hi) {
		uint32_t p = a[(lo + hi) >> 1];
		int i = lo, j = hi;

		while (i <= j) {
			while (a[i] < p)
				i++;
			while (a[j] > p)
				j--;
			if (i <= j) {
				uint32_t t = a[i];

				a[i++] = a[j];
				a[j--] = t;
			}
		}
		if (j - lo < hi - i) {
			qs(a, lo, j);
			lo = i;
		} else {
			qs(a, i, hi);
			hi = j;
		}
	}
}

static uint64_t t_qsort(uint32_t iters)
{
	uint32_t *a = (uint32_t *)arena;
	uint64_t sum = 0;

	rng_seed(7);
	while (iters--) {
		for (uint32_t i = 0; i < QS_N; i++)
			a[i] = rng32();
		qs(a, 0, QS_N - 1);
		sum = sum * 31 + a[QS_N / 2];
	}
	return sum;
}

#define LZ_N (128u << 10)
static uint32_t lz_head[1 << 13];
static NOINLINE uint32_t lz_pack(const uint8_t *s, uint32_t n, uint8_t *d)
{
	uint8_t *o = d;
	uint32_t i = 0, lit = 0;

	memset(lz_head, 0, sizeof(lz_head));
	while (i + 8 < n) {
		uint32_t v = s[i] | (uint32_t)s[i + 1] << 8 |
			     (uint32_t)s[i + 2] << 16 | (uint32_t)s[i + 3] << 24;
		uint32_t h = (v * 2654435761u) >> 19;
		uint32_t c = lz_head[h];

		lz_head[h] = i + 1;
		if (c && i + 1 - c < 65536 && s[c - 1] == s[i] && s[c] == s[i + 1] &&
		    s[c + 1] == s[i + 2] && s[c + 2] == s[i + 3]) {
			uint32_t m = 4;

			while (i + m < n && m < 255 && s[c - 1 + m] == s[i + m])
				m++;
			*o++ = (uint8_t)lit;
			for (uint32_t k = i - lit; k < i; k++)
				*o++ = s[k];
			*o++ = (uint8_t)m;
			*o++ = (uint8_t)(i + 1 - c);
			*o++ = (uint8_t)((i + 1 - c) >> 8);
			i += m;
			lit = 0;
		} else {
			i++;
			if (++lit == 255) {
				*o++ = 255;
				for (uint32_t k = i - 255; k < i; k++)
					*o++ = s[k];
				*o++ = 0;
				lit = 0;
			}
		}
	}
	return (uint32_t)(o - d);
}

static uint64_t t_lz(uint32_t iters)
{
	uint8_t *d = arena + (4u << 20);
	uint64_t sum = 0;

	while (iters--) {
		uint32_t n = lz_pack(arena, LZ_N, d);

		sum = sum * 31 + n + d[n / 2];
	}
	return sum;
}

#define HT_BITS 15
#define HT_KEYS 20000u
static uint64_t t_hash(uint32_t iters)
{
	uint64_t *k = (uint64_t *)arena;
	uint32_t *v = (uint32_t *)(arena + (8u << HT_BITS));
	const uint32_t mask = (1u << HT_BITS) - 1;
	uint64_t sum = 0;

	while (iters--) {
		memset(k, 0, 8u << HT_BITS);
		for (int pass = 0; pass < 2; pass++) {
			rng_seed(iters);
			for (uint32_t i = 0; i < HT_KEYS; i++) {
				uint64_t key = ((uint64_t)rng32() << 20 | i) | 1;
				uint64_t h = key * 0x9e3779b97f4a7c15ull;
				uint32_t s = (uint32_t)(h >> (64 - HT_BITS));

				while (k[s] && k[s] != key)
					s = (s + 1) & mask;
				if (!pass) {
					k[s] = key;
					v[s] = i;
				} else {
					sum += v[s] ^ s;
				}
			}
		}
	}
	return sum;
}

/* A small byte-code machine: switch dispatch, as an interpreter guest does it. */
enum { OP_LI, OP_ADD, OP_SUB, OP_MUL, OP_SHR, OP_AND, OP_XOR, OP_JNZ, OP_JZ,
       OP_DEC, OP_LD, OP_ST, OP_JMP, OP_HALT };
static const uint8_t vm_prog[] = {
	/* r0 = outer count (set by caller); r1 = n; r2 = acc; r3 = steps */
	/*  0 */ OP_LI, 5, 1, 0,
	/*  4 */ OP_LI, 6, 3, 0,
	/*  8 */ OP_ADD, 1, 0, 7,          /* n = r0 + r7(0) */
	/* 12: collatz step */
	OP_AND, 4, 1, 5,                   /* r4 = n & 1 */
	/* 16 */ OP_JZ, 4, 32, 0,
	/* 20 */ OP_MUL, 1, 1, 6,          /* n = 3n + 1 */
	/* 24 */ OP_ADD, 1, 1, 5,
	/* 28 */ OP_JMP, 36, 0, 0,
	/* 32 */ OP_SHR, 1, 1, 5,
	/* 36 */ OP_ADD, 2, 2, 1,
	/* 40 */ OP_ST, 1, 2, 0,
	/* 44 */ OP_LD, 3, 2, 0,
	/* 48 */ OP_XOR, 2, 2, 3,
	/* 52 */ OP_ADD, 2, 2, 5,
	/* 56 */ OP_SUB, 4, 1, 5,          /* until n == 1 */
	/* 60 */ OP_JNZ, 4, 12, 0,
	/* 64 */ OP_DEC, 0, 0, 0,
	/* 68 */ OP_SUB, 4, 0, 5,
	/* 72 */ OP_JNZ, 4, 8, 0,
	/* 76 */ OP_HALT, 0, 0, 0,
};

static uint64_t vm_steps;
static NOINLINE uint32_t vm_run(const uint8_t *prog, uint32_t n)
{
	uint32_t r[8] = { n }, m[16] = { 0 };
	uint64_t steps = 0;
	uint32_t pc = 0;

	for (;;) {
		const uint8_t *i = prog + pc;

		pc += 4;
		steps++;
		switch (i[0]) {
		case OP_LI: r[i[1]] = i[2]; break;
		case OP_ADD: r[i[1]] = r[i[2]] + r[i[3]]; break;
		case OP_SUB: r[i[1]] = r[i[2]] - r[i[3]]; break;
		case OP_MUL: r[i[1]] = r[i[2]] * r[i[3]]; break;
		case OP_SHR: r[i[1]] = r[i[2]] >> r[i[3]]; break;
		case OP_AND: r[i[1]] = r[i[2]] & r[i[3]]; break;
		case OP_XOR: r[i[1]] = r[i[2]] ^ r[i[3]]; break;
		case OP_JNZ: if (r[i[1]]) pc = i[2]; break;
		case OP_JZ: if (!r[i[1]]) pc = i[2]; break;
		case OP_DEC: r[i[1]]--; break;
		case OP_LD: r[i[1]] = m[r[i[2]] & 15]; break;
		case OP_ST: m[r[i[2]] & 15] = r[i[1]]; break;
		case OP_JMP: pc = i[1]; break;
		default:
			vm_steps += steps;
			return r[2];
		}
	}
}

static uint64_t t_vm(uint32_t iters)
{
	uint64_t sum = 0;

	vm_steps = 0;
	while (iters--)
		sum = sum * 31 + vm_run(vm_prog, 1000);
	return sum ^ vm_steps;
}

#define IM 48
static uint64_t t_imatmul(uint32_t iters)
{
	static int32_t a[IM][IM], b[IM][IM], c[IM][IM];
	uint64_t sum = 0;

	rng_seed(3);
	for (int i = 0; i < IM; i++)
		for (int j = 0; j < IM; j++) {
			a[i][j] = (int32_t)(rng32() & 0xffff);
			b[i][j] = (int32_t)(rng32() & 0xffff);
		}
	while (iters--) {
		for (int i = 0; i < IM; i++)
			for (int j = 0; j < IM; j++) {
				uint32_t s = 0;

				for (int k = 0; k < IM; k++)
					s += (uint32_t)a[i][k] * (uint32_t)b[k][j];
				c[i][j] = (int32_t)s;
			}
		a[iters % IM][5] ^= c[7][iters % IM];
		sum += (uint32_t)c[3][11];
	}
	return sum;
}

/* 64-bit multiply, rotate and divide. */
static uint64_t t_mix64(uint32_t iters)
{
	uint64_t x = 0x123456789abcdefull, s = 0;

	while (iters--)
		for (int i = 0; i < 1000; i++) {
			x += 0x9e3779b97f4a7c15ull;
			uint64_t z = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;

			z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
			z ^= z >> 31;
			s += z % ((x >> 40) | 1);
			s = (s << 13) | (s >> 51);
		}
	return s;
}

static NOINLINE uint32_t fib(uint32_t n)
{
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

/* fib(20) = 6765, 21891 calls (when the compiler keeps them all). */
static uint64_t t_fib(uint32_t iters)
{
	uint64_t s = 0;
	volatile uint32_t n = 20;

	while (iters--)
		s += fib(n);
	return s;
}


const struct test int_tests[] = {
	{ "sieve", "cell", NULL, t_sieve, 25, SIEVE_N },
	{ "sha256", "byte", s_text, t_sha256, 50, SHA_N },
	{ "crc32", "byte", s_crc, t_crc32, 24, CRC_N },
	{ "qsort", "elem", NULL, t_qsort, 16, QS_N },
	{ "lz", "byte", s_text, t_lz, 40, LZ_N },
	{ "hash", "op", NULL, t_hash, 40, 2.0 * HT_KEYS },
	{ "vm", "insn", NULL, t_vm, 10, 638725 },
	{ "imatmul", "madd", NULL, t_imatmul, 300, (double)IM * IM * IM },
	{ "mix64", "op", NULL, t_mix64, 8000, 1000 },
	{ "fib", "call", NULL, t_fib, 600, 21891 },
	{ 0 },
};
