/*
 * sys: what the kernel does for a program. The clock, system calls, pipes, signals, page faults, files, processes. Only the clock is
 * there on WASI.
 */

#define _GNU_SOURCE
#include "rvb.h"

#ifdef HAVE_SYS
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

static uint64_t t_clock(uint32_t iters)
{
	uint64_t n = 0;

	while (iters--)
		n += now_ns() != 0;
	return n;
}

#ifdef HAVE_SYS
/* fork copies what is mapped: give the work area back first */
static void s_free(void)
{
	free(arena);
	arena = NULL;
}

static uint64_t t_getpid(uint32_t iters)
{
	uint64_t ok = 0;

	while (iters--)
		ok += syscall(SYS_getppid) >= 0;
	return ok;
}

static uint64_t t_pipe(uint32_t iters)
{
	int a[2], b[2];
	char c = 'x';
	uint64_t n = 0;

	if (pipe(a) || pipe(b))
		return 0;
	pid_t pid = fork();

	if (pid == 0) {
		close(a[1]);
		close(b[0]);
		while (read(a[0], &c, 1) == 1)
			if (write(b[1], &c, 1) != 1)
				break;
		_exit(0);
	}
	close(a[0]);
	close(b[1]);
	while (iters--) {
		if (write(a[1], &c, 1) != 1 || read(b[0], &c, 1) != 1)
			break;
		n++;
	}
	close(a[1]);
	close(b[0]);
	waitpid(pid, NULL, 0);
	return n;
}

static uint64_t t_fork(uint32_t iters)
{
	uint64_t n = 0;

	while (iters--) {
		int st;
		pid_t pid = fork();

		if (pid == 0)
			_exit(7);
		if (pid > 0 && waitpid(pid, &st, 0) == pid)
			n += WEXITSTATUS(st) == 7;
	}
	return n;
}

static uint64_t t_exec(uint32_t iters)
{
	uint64_t n = 0;

	while (iters--) {
		int st;
		pid_t pid = fork();

		if (pid == 0) {
			execl("/proc/self/exe", "rvb", "true", (char *)NULL);
			_exit(9);
		}
		if (pid > 0 && waitpid(pid, &st, 0) == pid)
			n += WEXITSTATUS(st) == 0;
	}
	return n;
}

static uint64_t t_fault(uint32_t iters)
{
	uint64_t n = 0;

	while (iters--) {
		uint8_t *p = mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			break;
		for (int i = 0; i < 64; i++)
			p[i * 4096] = 1;
		n += p[4096];
		munmap(p, 64 * 4096);
	}
	return n;
}

static volatile uint64_t sig_count;
static void on_sig(int s)
{
	(void)s;
	sig_count++;
}

static uint64_t t_signal(uint32_t iters)
{
	sig_count = 0;
	signal(SIGUSR1, on_sig);
	while (iters--)
		raise(SIGUSR1);
	signal(SIGUSR1, SIG_DFL);
	return sig_count;
}

/* In a tmpfs. */
static const char rvb_tmp[] = "/tmp/rvb.tmp";
static uint64_t t_file(uint32_t iters)
{
	static char buf[4096];
	uint64_t n = 0;

	while (iters--) {
		int fd = open(rvb_tmp, O_CREAT | O_RDWR | O_TRUNC, 0600);

		if (fd < 0)
			break;
		n += write(fd, buf, sizeof(buf)) == sizeof(buf);
		n += pread(fd, buf, sizeof(buf), 0) == sizeof(buf);
		close(fd);
		unlink(rvb_tmp);
	}
	return n;
}
#endif


const struct test sys_tests[] = {
	{ "clock", "call", NULL, t_clock, 200000, 1 },
#ifdef HAVE_SYS
	{ "getppid", "call", NULL, t_getpid, 100000, 1 },
	{ "pipe", "trip", s_free, t_pipe, 1000, 1 },
	{ "signal", "sig", s_free, t_signal, 2000, 1 },
	{ "fault", "page", s_free, t_fault, 100, 64 },
	{ "file", "file", s_free, t_file, 1000, 1 },
	{ "fork", "fork", s_free, t_fork, 50, 1 },
	{ "exec", "exec", s_free, t_exec, 30, 1 },
#endif
	{ 0 },
};
