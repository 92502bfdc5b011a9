/*
 * mem: memory traffic. Large and small copies, fills, pointer chasing in and out of the cache, streams, and addresses that fall on one
 * set of a direct-mapped TLB.
 */

#include "rvb.h"

#define BIG (4u << 20)
static void s_arena(void)
{
	for (uint32_t i = 0; i < ARENA / 4; i++)
		((uint32_t *)arena)[i] = i * 2654435761u;
}

/*
 * The regions lie an odd number of pages apart: a direct-mapped TLB (QEMU's,
 * TinyEMU's) would otherwise miss on every access.  "alias" tests just that.
 */
#define PAGE 4096u
static uint64_t copy_big(uint32_t iters, uint32_t skew)
{
	uint8_t *d = arena + BIG * 2 + 21 * PAGE;

	while (iters--) {
		memcpy(d, arena + 64 * (iters & 7) + skew, BIG);
		__asm__ volatile("" ::: "memory");
	}
	return fold(d, 4096);
}

static uint64_t t_memcpy_big(uint32_t iters)
{
	return copy_big(iters, 0);
}

/* source and destination not aligned alike */
static uint64_t t_memcpy_mis(uint32_t iters)
{
	return copy_big(iters, 3);
}

static uint64_t t_memcpy_small(uint32_t iters)
{
	volatile size_t n = 48;

	while (iters--)
		for (uint32_t i = 0; i < 4096; i++) {
			memcpy(arena + 65536 + (i & 1023) * 64,
			       arena + ((i * 7) & 1023) * 32, n);
			__asm__ volatile("" ::: "memory");
		}
	return fold(arena + 65536, 4096);
}

static uint64_t t_memset_big(uint32_t iters)
{
	while (iters--) {
		memset(arena, (int)(iters & 255), BIG);
		__asm__ volatile("" ::: "memory");
	}
	return fold(arena, 4096);
}

static void chase_setup(uint32_t n)
{
	uint32_t *p = (uint32_t *)arena;

	/* Sattolo: one cycle through n lines of 64 bytes */
	rng_seed(n);
	for (uint32_t i = 0; i < n; i++)
		p[i * 16] = i * 16;
	for (uint32_t i = n - 1; i > 0; i--) {
		uint32_t j = (uint32_t)(((uint64_t)rng32() * i) >> 32);
		uint32_t t = p[i * 16];

		p[i * 16] = p[j * 16];
		p[j * 16] = t;
	}
}

static void s_chase_small(void) { chase_setup(256); }          /* 16 KiB */
static void s_chase_big(void) { chase_setup(1u << 18); }       /* 16 MiB */

#define CHASE_HOPS 997
static uint64_t t_chase(uint32_t iters)
{
	const uint32_t *p = (const uint32_t *)arena;
	uint32_t x = 0;

	while (iters--)
		for (int i = 0; i < CHASE_HOPS; i++)
			x = p[x];
	return x;
}

#define TRIAD_N (1u << 17)
static uint64_t t_triad(uint32_t iters)
{
	uint64_t *a = (uint64_t *)arena, *b = a + TRIAD_N + 5 * PAGE / 8;
	uint64_t *c = b + TRIAD_N + 9 * PAGE / 8;

	while (iters--) {
		uint64_t k = iters | 1;

		for (uint32_t i = 0; i < TRIAD_N; i++)
			a[i] = b[i] + k * c[i];
		__asm__ volatile("" ::: "memory");
	}
	return fold(a, 4096);
}

/* Eight streams 1 MiB apart: the same set of a direct-mapped TLB or cache. */
static uint64_t t_alias(uint32_t iters)
{
	uint64_t s = 0;

	while (iters--)
		for (uint32_t i = 0; i < 65536; i += 64)
			for (uint32_t k = 0; k < 8; k++)
				s += *(uint32_t *)(arena + (k << 20) + i);
	return s;
}


const struct test mem_tests[] = {
	{ "memcpy_big", "byte", s_arena, t_memcpy_big, 40, BIG },
	{ "memcpy_mis", "byte", s_arena, t_memcpy_mis, 8, BIG },
	{ "memcpy_48", "call", s_arena, t_memcpy_small, 400, 4096 },
	{ "memset_big", "byte", NULL, t_memset_big, 80, BIG },
	{ "chase_16k", "load", s_chase_small, t_chase, 8000, CHASE_HOPS },
	{ "chase_16m", "load", s_chase_big, t_chase, 150, CHASE_HOPS },
	{ "triad", "elem", s_arena, t_triad, 100, TRIAD_N },
	{ "alias", "load", s_arena, t_alias, 500, 8192 },
	{ 0 },
};
