/* fp: double precision. Bodies, a matrix, the Mandelbrot set, a Fourier transform. The sums are rounded. */

#include "rvb.h"

#include <math.h>

static uint64_t dbits(double d)
{
	return (uint64_t)(int64_t)floor(d * 1e6 + 0.5);
}

struct body { double x, y, z, vx, vy, vz, m; };
static uint64_t t_nbody(uint32_t iters)
{
	struct body b[5] = {
		{ 0, 0, 0, 0, 0, 0, 39.47841760435743 },
		{ 4.84143144246472, -1.16032004402742, -.103622044471123,
		  .606326392995832, 2.81198684491626, -.02521836165988,
		  .037693674870389 },
		{ 8.34336671824458, 4.1247985641243, -.4035234171143214,
		  -1.01077434617879, 1.82566237123041, .00841576137658,
		  .011286326131968 },
		{ 12.8943695621391, -15.1111514016986, -.223307578892656,
		  1.08279100644154, .868713018169608, -.010832637401363,
		  .001723724057059 },
		{ 15.3796971148509, -25.919314609988, .179258772950371,
		  .979090732243898, .594698998647676, -.034755955504078,
		  .002033686869924 },
	};
	const double dt = 0.01;

	while (iters--) {
		for (int i = 0; i < 5; i++)
			for (int j = i + 1; j < 5; j++) {
				double dx = b[i].x - b[j].x, dy = b[i].y - b[j].y;
				double dz = b[i].z - b[j].z;
				double d2 = dx * dx + dy * dy + dz * dz;
				double mag = dt / (d2 * sqrt(d2));

				b[i].vx -= dx * b[j].m * mag;
				b[i].vy -= dy * b[j].m * mag;
				b[i].vz -= dz * b[j].m * mag;
				b[j].vx += dx * b[i].m * mag;
				b[j].vy += dy * b[i].m * mag;
				b[j].vz += dz * b[i].m * mag;
			}
		for (int i = 0; i < 5; i++) {
			b[i].x += dt * b[i].vx;
			b[i].y += dt * b[i].vy;
			b[i].z += dt * b[i].vz;
		}
	}
	return dbits(b[0].x * 1e-3);
}

#define DM 40
static uint64_t t_dmatmul(uint32_t iters)
{
	static double a[DM][DM], b[DM][DM], c[DM][DM];
	double s = 0;

	rng_seed(5);
	for (int i = 0; i < DM; i++)
		for (int j = 0; j < DM; j++) {
			a[i][j] = (rng32() & 1023) / 1024.0;
			b[i][j] = (rng32() & 1023) / 1024.0;
		}
	while (iters--) {
		for (int i = 0; i < DM; i++)
			for (int j = 0; j < DM; j++) {
				double t = 0;

				for (int k = 0; k < DM; k++)
					t += a[i][k] * b[k][j];
				c[i][j] = t;
			}
		a[iters % DM][3] = c[5][iters % DM] / 64;
		s += c[1][2];
	}
	return dbits(s * 1e-3);
}

#define MB 64
static uint64_t t_mandel(uint32_t iters)
{
	uint64_t n = 0;

	while (iters--)
		for (int py = 0; py < MB; py++)
			for (int px = 0; px < MB; px++) {
				double cx = px * (3.0 / MB) - 2.25;
				double cy = py * (2.5 / MB) - 1.25;
				double x = 0, y = 0;
				int k = 0;

				while (k < 64 && x * x + y * y < 4) {
					double t = x * x - y * y + cx;

					y = 2 * x * y + cy;
					x = t;
					k++;
				}
				n += (unsigned)k;
			}
	return n;
}

#define FFT_N 512
static double fft_re[FFT_N], fft_im[FFT_N], fft_c[FFT_N / 2], fft_s[FFT_N / 2];
static void s_fft(void)
{
	for (int i = 0; i < FFT_N / 2; i++) {
		fft_c[i] = cos(6.283185307179586 * i / FFT_N);
		fft_s[i] = sin(6.283185307179586 * i / FFT_N);
	}
}

static uint64_t t_fft(uint32_t iters)
{
	rng_seed(9);
	for (int i = 0; i < FFT_N; i++) {
		fft_re[i] = (rng32() & 1023) / 1024.0;
		fft_im[i] = 0;
	}
	while (iters--) {
		for (int i = 1, j = 0; i < FFT_N; i++) {
			int bit = FFT_N >> 1;

			for (; j & bit; bit >>= 1)
				j ^= bit;
			j ^= bit;
			if (i < j) {
				double t = fft_re[i];

				fft_re[i] = fft_re[j];
				fft_re[j] = t;
				t = fft_im[i];
				fft_im[i] = fft_im[j];
				fft_im[j] = t;
			}
		}
		for (int len = 2; len <= FFT_N; len <<= 1)
			for (int i = 0; i < FFT_N; i += len)
				for (int k = 0; k < len / 2; k++) {
					double wr = fft_c[k * (FFT_N / len)];
					double wi = fft_s[k * (FFT_N / len)];
					int p = i + k, q = p + len / 2;
					double r = fft_re[q] * wr - fft_im[q] * wi;
					double m = fft_re[q] * wi + fft_im[q] * wr;

					fft_re[q] = fft_re[p] - r;
					fft_im[q] = fft_im[p] - m;
					fft_re[p] += r;
					fft_im[p] += m;
				}
		for (int i = 0; i < FFT_N; i++) {
			fft_re[i] *= 0.0441941738241592;
			fft_im[i] *= 0.0441941738241592;
		}
	}
	return dbits(fft_re[3] * 1e-3);
}


const struct test fp_tests[] = {
	{ "nbody", "step", NULL, t_nbody, 100000, 1 },
	{ "dmatmul", "madd", NULL, t_dmatmul, 500, (double)DM * DM * DM },
	{ "mandel", "iter", NULL, t_mandel, 75, 70730 },
	{ "fft", "bfly", s_fft, t_fft, 1600, FFT_N / 2 * 9 },
	{ 0 },
};
