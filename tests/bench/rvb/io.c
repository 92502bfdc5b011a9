/*
 * io: bytes that the kernel moves for a program: through sockets, files in memory and a disk; and a tree of files for commands to work on.
 * Nothing of it is there on WASI.
 */

#define _GNU_SOURCE
#include "rvb.h"

#ifdef HAVE_SYS
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK (64u << 10)

/* 1 MiB an iteration, over the loopback. Ends early, with a smaller sum, when anything fails. */
static uint64_t t_tcp(uint32_t iters)
{
	static uint8_t buf[CHUNK];
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(to);
	int listening = socket(AF_INET, SOCK_STREAM, 0);
	uint64_t n = 0;

	if (bind(listening, (void *)&to, len) || listen(listening, 1) || getsockname(listening, (void *)&to, &len))
		return 0;
	pid_t pid = fork();

	if (pid == 0) {
		int out = socket(AF_INET, SOCK_STREAM, 0);

		if (connect(out, (void *)&to, sizeof(to)))
			_exit(1);
		for (uint64_t left = (uint64_t)iters << 20; left > 0;) {
			ssize_t done = write(out, buf, CHUNK);

			if (done <= 0)
				_exit(1);
			left -= (uint64_t)done;
		}
		_exit(0);
	}
	int in = accept(listening, NULL, NULL);

	for (ssize_t got; (got = read(in, buf, CHUNK)) > 0;)
		n += (uint64_t)got;
	close(in);
	close(listening);
	waitpid(pid, NULL, 0);
	return n;
}

/* Over a file of 4 MiB in a tmpfs, 64 KiB at a time. */
static uint64_t t_rw64k(uint32_t iters)
{
	static uint8_t buf[CHUNK];
	int fd = open("/tmp/rvb.tmp", O_CREAT | O_RDWR | O_TRUNC, 0600);
	uint64_t n = 0;

	while (iters--) {
		off_t at = (off_t)(iters % 64) * CHUNK;

		n += (uint64_t)pwrite(fd, buf, CHUNK, at);
		n += (uint64_t)pread(fd, buf, CHUNK, at);
	}
	close(fd);
	unlink("/tmp/rvb.tmp");
	return n;
}

/* Reads 4 KiB at random places of the disk, past the page cache. */
static uint64_t read_random(uint32_t iters, uint64_t seed)
{
	uint8_t *buf = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/dev/vda", O_RDONLY | O_DIRECT);
	uint64_t n = 0;

	rng_seed(seed);
	while (iters--) {
		off_t at = (off_t)(rng32() % (64u << 8)) << 12;

		if (pread(fd, buf, 4096, at) == 4096)
			n += buf[rng32() % 4096];
	}
	close(fd);
	munmap(buf, 4096);
	return n;
}

static uint64_t t_rand4k(uint32_t iters)
{
	return read_random(iters, 1);
}

#define DEPTH 32

/* The same, with 32 requests in flight: all are submitted at once, and waited for. */
static uint64_t t_rand4k_32(uint32_t iters)
{
	uint8_t *buf = mmap(NULL, DEPTH * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/dev/vda", O_RDONLY | O_DIRECT);
	aio_context_t context = 0;
	uint64_t n = 0;

	if (syscall(SYS_io_setup, DEPTH, &context))
		return 0;
	rng_seed(2);
	for (; iters >= DEPTH; iters -= DEPTH) {
		struct iocb requests[DEPTH] = { 0 }, *all[DEPTH];
		struct io_event done[DEPTH];

		for (int i = 0; i < DEPTH; i++) {
			all[i] = &requests[i];
			requests[i].aio_lio_opcode = IOCB_CMD_PREAD;
			requests[i].aio_fildes = (uint32_t)fd;
			requests[i].aio_buf = (uintptr_t)(buf + i * 4096);
			requests[i].aio_nbytes = 4096;
			requests[i].aio_offset = (int64_t)(rng32() % (64u << 8)) << 12;
		}
		if (syscall(SYS_io_submit, context, DEPTH, all) != DEPTH ||
		    syscall(SYS_io_getevents, context, DEPTH, DEPTH, done, NULL) != DEPTH)
			return 0;
		for (int i = 0; i < DEPTH; i++)
			n += done[i].res == 4096 ? buf[i * 4096 + rng32() % 4096] : 0;
	}
	syscall(SYS_io_destroy, context);
	close(fd);
	munmap(buf, DEPTH * 4096);
	return n;
}

/* `dirs` folders below `path` with 20 files each, of 0 to 8 KiB of text. */
int make_tree(const char *dirs, const char *path)
{
	static uint8_t text[16 << 10];
	char name[256];

	fill_text(text, sizeof(text));
	if (mkdir(path, 0755))
		return 1;
	for (int d = 0; d < atoi(dirs); d++) {
		snprintf(name, sizeof(name), "%s/dir%d", path, d);
		if (mkdir(name, 0755))
			return 1;
		for (int i = 0; i < 20; i++) {
			size_t bytes = rng32() % (8 << 10);

			snprintf(name, sizeof(name), "%s/dir%d/file%d", path, d, i);
			int fd = open(name, O_CREAT | O_WRONLY | O_EXCL, 0644);

			if (fd < 0 || write(fd, text + rng32() % (8 << 10), bytes) != (ssize_t)bytes || close(fd))
				return 1;
		}
	}
	return 0;
}
#endif

const struct test io_tests[] = {
#ifdef HAVE_SYS
	{ "tcp", "MiB", NULL, t_tcp, 32, 1 },
	{ "rw64k", "64KiB", NULL, t_rw64k, 500, 2 },
	{ "rand4k", "read", NULL, t_rand4k, 2000, 1 },
	{ "rand4k_32", "read", NULL, t_rand4k_32, 4000, 1 },
#endif
	{ 0 },
};
