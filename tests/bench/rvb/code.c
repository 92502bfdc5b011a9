/*
 * code: a large footprint of code. "cold" runs 65536 small functions once each (what a translator pays for new code), "tepid" the same
 * functions 8 more times, "icall" 4096 of them many times through their table (indirect calls, warm).
 *
 * The functions are 16 copies of functions.o at different addresses, so cold takes long enough to be timed from outside. -DONE_BANK
 * takes one copy 16 times, where copies cannot be linked: then the sums are the same and "cold" means nothing.
 */

#include "rvb.h"

typedef uint32_t (*const bank[4096])(uint32_t);

#ifdef ONE_BANK
extern bank bank0;
#define BANKS { &bank0, &bank0, &bank0, &bank0, &bank0, &bank0, &bank0, &bank0, \
		&bank0, &bank0, &bank0, &bank0, &bank0, &bank0, &bank0, &bank0 }
#else
extern bank bank0, bank1, bank2, bank3, bank4, bank5, bank6, bank7;
extern bank bank8, bank9, bank10, bank11, bank12, bank13, bank14, bank15;
#define BANKS { &bank0, &bank1, &bank2, &bank3, &bank4, &bank5, &bank6, &bank7, \
		&bank8, &bank9, &bank10, &bank11, &bank12, &bank13, &bank14, &bank15 }
#endif

static bank *const banks[16] = BANKS;

static uint32_t run_bank(bank *b, uint32_t passes, uint32_t x)
{
	while (passes--)
		for (int i = 0; i < 4096; i++)
			x = (*b)[(i * 1597) & 4095](x);
	return x;
}

static uint64_t run_banks(uint32_t passes)
{
	uint32_t x = 1;

	for (int i = 0; i < 16; i++)
		x = run_bank(banks[i], passes, x);
	return x;
}

static uint64_t t_cold(uint32_t iters)
{
	(void)iters;
	return run_banks(1);
}

static uint64_t t_tepid(uint32_t iters)
{
	(void)iters;
	return run_banks(8);
}

static uint64_t t_icall(uint32_t iters)
{
	return run_bank(&bank0, iters, 1);
}

const struct test code_tests[] = {
	{ "cold", "func", NULL, t_cold, 0, 16 * 4096 },
	{ "tepid", "func", NULL, t_tepid, 0, 8 * 16 * 4096 },
	{ "icall", "func", NULL, t_icall, 300, 4096 },
	{ 0 },
};
