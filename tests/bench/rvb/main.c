/*
 * rvb - a small, portable guest benchmark. No dependencies beyond libc.
 *
 * Every test does a fixed amount of guest work (base iterations times the -s factor), so the same command line does the same work on every
 * machine. Two clocks are meant to be used:
 *   - the guest's own CLOCK_MONOTONIC, printed in the result line;
 *   - an outside clock: the "@B" and "@R" lines are flushed as they happen, so a program reading the console can time the span between
 *     them. A guest's clock can lie; the outside one can not.
 *
 * Output, one pair of lines a test:
 *   @B <name>
 *   @R <name> <group> <unit> <ops> <guest ns> <guest ns per op> <checksum>
 * The checksum of the int, mem and code groups is the same on every machine for the same -s: a difference means wrong execution. (fp
 * checksums are rounded, but fused multiply-add may still move them.)
 *
 *   rvb [-s FACTOR] [-l] [NAME|GROUP ...]     run (all tests without names)
 *   rvb mkfile BYTES PATH                     write a compressible test file
 *   rvb mktree DIRS PATH                      make a tree of 20 files in each of so many folders
 *   rvb run NAME CMD [ARG ...]                time one command, @B/@R lines
 *   rvb true                                  exit 0 (target of the exec test)
 */

#include "rvb.h"

#include <stdio.h>
#include <stdlib.h>
#ifdef HAVE_SYS
#include <sys/wait.h>
#include <unistd.h>
#endif

uint8_t *arena;

static const struct group {
	const char *name;
	const struct test *tests;
} groups[] = {
	{ "int", int_tests }, { "code", code_tests }, { "mem", mem_tests },
	{ "fp", fp_tests },   { "sys", sys_tests },   { "io", io_tests },
	{ 0 },
};

void fill_text(uint8_t *p, size_t n)
{
	static uint8_t words[512][12];
	static uint8_t lens[512];
	size_t i = 0;

	rng_seed(42);
	for (int w = 0; w < 512; w++) {
		lens[w] = (uint8_t)(2 + rng32() % 9);
		for (int k = 0; k < lens[w]; k++)
			words[w][k] = (uint8_t)('a' + rng32() % 26);
	}
	while (i < n) {
		uint32_t r = rng32();
		uint32_t w = ((r & 511) * ((r >> 9) & 511)) >> 9;

		for (int k = 0; k < lens[w] && i < n; k++)
			p[i++] = words[w][k];
		if (i < n)
			p[i++] = (r >> 24) < 16 ? '\n' : ' ';
	}
}

/*
 * Shows what was printed at once, also on a machine that hands its console on only between slices of execution: it does so, too, when
 * it has nothing to do, so it gets nothing to do for a millisecond. That much of each time between @B and @R is the pause.
 */
static void show(void)
{
	fflush(stdout);
#ifdef HAVE_SYS
	struct timespec moment = { 0, 1000000 };

	nanosleep(&moment, NULL);
#endif
}

static int mkfile(const char *bytes, const char *path)
{
	size_t n = (size_t)strtoull(bytes, NULL, 0);
	uint8_t *p = malloc(n);
	FILE *f = fopen(path, "wb");

	if (!p || !f)
		return 1;
	fill_text(p, n);
	if (fwrite(p, 1, n, f) != n || fclose(f))
		return 1;
	free(p);
	return 0;
}

#ifdef HAVE_SYS
static int run_cmd(const char *name, char **cmd)
{
	int st = -1;

	printf("@B %s\n", name);
	show();
	uint64_t t0 = now_ns();
	pid_t pid = fork();

	if (pid == 0) {
		execvp(cmd[0], cmd);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &st, 0) != pid)
		return 1;
	uint64_t ns = now_ns() - t0;

	printf("@R %s cmd run 1 %llu %llu %d\n", name, (unsigned long long)ns,
	       (unsigned long long)ns, st);
	show();
	return st != 0;
}
#endif

static int run_test(const struct test *t, const char *group, double scale)
{
	uint32_t n = t->iters ? (uint32_t)(t->iters * scale + 0.5) : 1;

	if (n == 0)
		n = 1;
	if (!arena) {
		arena = malloc(ARENA);
		if (!arena)
			return 1;
		memset(arena, 1, ARENA);
	}
	if (t->setup)
		t->setup();
	printf("@B %s\n", t->name);
	show();
	uint64_t t0 = now_ns();
	uint64_t sum = t->run(n);
	uint64_t ns = now_ns() - t0;
	double ops = n * t->ops;

	printf("@R %s %s %s %.0f %llu %.4f %016llx\n", t->name, group, t->unit,
	       ops, (unsigned long long)ns, (double)ns / ops,
	       (unsigned long long)sum);
	show();
	return 0;
}

static int wanted(const char *group, const char *name, int n, char **names)
{
	if (!n)
		return 1;
	for (int i = 0; i < n; i++)
		if (!strcmp(names[i], name) || !strcmp(names[i], group))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	double scale = 1;
	int list = 0;
	int a = 1;

	if (argc > 1 && !strcmp(argv[1], "true"))
		return 0;
	if (argc > 3 && !strcmp(argv[1], "mkfile"))
		return mkfile(argv[2], argv[3]);
#ifdef HAVE_SYS
	if (argc > 3 && !strcmp(argv[1], "mktree"))
		return make_tree(argv[2], argv[3]);
	if (argc > 3 && !strcmp(argv[1], "run"))
		return run_cmd(argv[2], argv + 3);
#endif
	for (; a < argc && argv[a][0] == '-'; a++) {
		if (!strcmp(argv[a], "-l")) {
			list = 1;
		} else if (!strcmp(argv[a], "-s") && a + 1 < argc) {
			scale = atof(argv[++a]);
		} else {
			fprintf(stderr, "usage: rvb [-s FACTOR] [-l] [NAME|GROUP ...]\n");
			return 2;
		}
	}
	for (const struct group *g = groups; g->name; g++)
		for (const struct test *t = g->tests; t->name; t++) {
			if (!wanted(g->name, t->name, argc - a, argv + a))
				continue;
			if (list)
				printf("%s %s\n", t->name, g->name);
			else if (run_test(t, g->name, scale))
				return 1;
		}
	return 0;
}
