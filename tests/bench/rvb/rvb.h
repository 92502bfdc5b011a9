/*
 * What the files of rvb share: the table of tests, the work area, random numbers and text.
 *
 * The small functions stand here so that they are inlined into the loops that use them.
 */

#ifndef RVB_H
#define RVB_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#ifdef __linux__
#define HAVE_SYS 1
#endif

#define NOINLINE __attribute__((noinline))
#define UNUSED __attribute__((unused))

struct test {
	const char *name, *unit;
	void (*setup)(void);
	uint64_t (*run)(uint32_t iters); /* returns a checksum */
	uint32_t iters;                  /* at -s 1; 0: not scaled */
	double ops;                      /* operations an iteration */
};

/* Each ends with a test without a name. */
extern const struct test int_tests[], code_tests[], mem_tests[], fp_tests[], sys_tests[], io_tests[];

/* Shared work area, 32 MiB. */
#define ARENA (32u << 20)
extern uint8_t *arena;

/* In io.c. Returns 0 when it is done. */
int make_tree(const char *dirs, const char *path);

/* Text-like bytes: words drawn with a skewed distribution. */
void fill_text(uint8_t *p, size_t n);

static inline uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static UNUSED uint64_t rng_state;

static inline void rng_seed(uint64_t s)
{
	rng_state = s * 2862933555777941757ull + 3037000493ull;
}

static inline uint32_t rng32(void)
{
	rng_state = rng_state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(rng_state >> 32);
}

static inline uint32_t fold(const void *p, size_t n)
{
	const uint8_t *b = p;
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * 16777619u;
	return h;
}

#endif
