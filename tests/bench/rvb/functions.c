/*
 * 4096 small functions, no two alike: one bank of the code group. The build links copies of this object under the names bank0, bank1, ...
 */

#include "rvb.h"

#define FN(n)                                                   \
	static NOINLINE uint32_t f##n(uint32_t x)               \
	{                                                       \
		uint32_t y = x ^ (n * 2654435761u);             \
		if (y & (1u << (n & 15)))                       \
			y = y * (2 * n + 3) + n;                \
		else                                            \
			y = (y >> (n % 7 + 1)) + (n << 3);      \
		if ((y >> 5) > x)                               \
			y ^= (y << (n % 13 + 3)) + n;           \
		return y - (y >> (n % 11 + 2));                 \
	}
#define X16(M, p) M(p##0) M(p##1) M(p##2) M(p##3) M(p##4) M(p##5) M(p##6) \
	M(p##7) M(p##8) M(p##9) M(p##a) M(p##b) M(p##c) M(p##d) M(p##e) M(p##f)
#define X256(M, p) X16(M, p##0) X16(M, p##1) X16(M, p##2) X16(M, p##3) \
	X16(M, p##4) X16(M, p##5) X16(M, p##6) X16(M, p##7) X16(M, p##8) \
	X16(M, p##9) X16(M, p##a) X16(M, p##b) X16(M, p##c) X16(M, p##d) \
	X16(M, p##e) X16(M, p##f)
#define X4096(M, p) X256(M, p##0) X256(M, p##1) X256(M, p##2) X256(M, p##3) \
	X256(M, p##4) X256(M, p##5) X256(M, p##6) X256(M, p##7) \
	X256(M, p##8) X256(M, p##9) X256(M, p##a) X256(M, p##b) \
	X256(M, p##c) X256(M, p##d) X256(M, p##e) X256(M, p##f)
#define FREF(n) f##n,
X4096(FN, 0x)
uint32_t (*const bank0[4096])(uint32_t) = { X4096(FREF, 0x) };
