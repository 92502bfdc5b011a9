/*
 * The instructions of F and D that compute, executed by a RISC-V hart on the vectors of vectors.h. Each is run with the
 * rounding mode from frm, and flags cleared before are read after it.
 */

#include "vectors.h"

/* "f" operands are moved from and to integer registers, so that no load or store can touch them. */
#define EXECUTE(function, text)                                                                                        \
  static u64 function(u64 a, u64 b, u64 c, u64 *flags) {                                                               \
    u64 result;                                                                                                        \
    __asm__ volatile("fsflags x0\n" text "frflags %1"                                                                  \
                     : "=&r"(result), "=&r"(*flags)                                                                    \
                     : "r"(a), "r"(b), "r"(c)                                                                          \
                     : "ft0", "ft1", "ft2");                                                                           \
    return result;                                                                                                     \
  }

#define LOAD_D "fmv.d.x ft0,%2\nfmv.d.x ft1,%3\nfmv.d.x ft2,%4\n"
#define LOAD_S "fmv.w.x ft0,%2\nfmv.w.x ft1,%3\nfmv.w.x ft2,%4\n"
#define STORE_D "fmv.x.d %0,ft0\n"
#define STORE_S "fmv.x.w %0,ft0\n"

/* Arithmetic in both widths. */
#define BOTH(name, operands)                                                                                           \
  EXECUTE(name##_d, LOAD_D #name ".d " operands "\n" STORE_D)                                                          \
  EXECUTE(name##_s, LOAD_S #name ".s " operands "\n" STORE_S)
/* Comparisons and classification, whose result is an integer. */
#define BOTH_X(name, operands)                                                                                         \
  EXECUTE(name##_d, LOAD_D #name ".d " operands "\n")                                                                  \
  EXECUTE(name##_s, LOAD_S #name ".s " operands "\n")
/* Conversions to and from an integer. */
#define BOTH_FCVT(integer)                                                                                             \
  EXECUTE(fcvt_##integer##_d, LOAD_D "fcvt." #integer ".d %0,ft0\n")                                                   \
  EXECUTE(fcvt_##integer##_s, LOAD_S "fcvt." #integer ".s %0,ft0\n")                                                   \
  EXECUTE(fcvt_d_##integer, "fcvt.d." #integer " ft0,%2\n" STORE_D)                                                    \
  EXECUTE(fcvt_s_##integer, "fcvt.s." #integer " ft0,%2\n" STORE_S)

BOTH(fadd, "ft0,ft0,ft1")
BOTH(fsub, "ft0,ft0,ft1")
BOTH(fmul, "ft0,ft0,ft1")
BOTH(fdiv, "ft0,ft0,ft1")
BOTH(fsqrt, "ft0,ft0")
BOTH(fmadd, "ft0,ft0,ft1,ft2")
BOTH(fmin, "ft0,ft0,ft1")
BOTH(fmax, "ft0,ft0,ft1")
BOTH_X(feq, "%0,ft0,ft1")
BOTH_X(flt, "%0,ft0,ft1")
BOTH_X(fle, "%0,ft0,ft1")
BOTH_X(fclass, "%0,ft0")
BOTH_FCVT(w)
BOTH_FCVT(wu)
BOTH_FCVT(l)
BOTH_FCVT(lu)
EXECUTE(fcvt_s_d, LOAD_D "fcvt.s.d ft0,ft0\n" STORE_S)
EXECUTE(fcvt_d_s, LOAD_S "fcvt.d.s ft0,ft0\n" STORE_D)

#define ROWS(name) {#name ".d", 'd', name##_d}, {#name ".s", 's', name##_s}
#define ROWS_FCVT(integer)                                                                                             \
  {"fcvt." #integer ".d", 'd', fcvt_##integer##_d}, {"fcvt." #integer ".s", 's', fcvt_##integer##_s},                  \
      {"fcvt.d." #integer, 'x', fcvt_d_##integer}, {"fcvt.s." #integer, 'x', fcvt_s_##integer}

static const struct instruction instructions[] = {
    ROWS(fadd),     ROWS(fsub),      ROWS(fmul),    ROWS(fdiv),      ROWS(fsqrt),
    ROWS(fmadd),    ROWS(fmin),      ROWS(fmax),    ROWS(feq),       ROWS(flt),
    ROWS(fle),      ROWS(fclass),    ROWS_FCVT(w),  ROWS_FCVT(wu),   ROWS_FCVT(l),
    ROWS_FCVT(lu),  {"fcvt.s.d", 'd', fcvt_s_d},    {"fcvt.d.s", 's', fcvt_d_s},
    {0, 0, 0},
};

static void set_rounding(unsigned rm) { __asm__ volatile("fsrm %0" : : "r"(rm)); }
