/*
 * The agent: a program in the guest that runs programs and serves files for the host, over sockets of the family vsock
 * (docs/AGENT.md). One process, one loop that waits for nobody in particular:
 *
 *     main.c    the hello to the host, connections from it, and what each is for
 *     loop.c    epoll and timers
 *     wire.c    frames and their fields
 *     exec.c    programs: from the request to the exit
 *     spawn.c   what happens between fork and exec
 *     users.c   who a program runs as
 *     pump.c    bytes between a connection and a pipe or terminal
 *     files.c   requests for files, each in a process of its own, which may block
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol.h"

/* ---- loop.c ---- */

/* A file descriptor that the loop looks at. `ready` may free what the watch is part of. */
struct watch {
  int fd;
  bool added;
  void (*ready)(struct watch *watch, uint32_t events);
};

/* Waits for `events`; EPOLLERR and EPOLLHUP come unasked. */
void watch_for(struct watch *watch, uint32_t events);
void watch_nothing(struct watch *watch);
/* Closes the descriptor, if it is open. */
void watch_close(struct watch *watch);

struct timer {
  struct timer *next;
  int64_t at_ms;
  void (*due)(struct timer *timer);
};

void timer_set(struct timer *timer, int64_t ms, void (*due)(struct timer *timer));
/* Nothing happens to a timer that is not set. */
void timer_clear(struct timer *timer);

void loop_init(void);
_Noreturn void loop_run(void);

/* What a member of a struct belongs to. */
#define OWNER(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))

/* ---- wire.c ---- */

/* Fields of a payload, taken one after the other; `bad` once one was not there. */
struct fields {
  const uint8_t *at;
  const uint8_t *end;
  bool bad;
};

uint32_t take_u32(struct fields *fields);
uint64_t take_u64(struct fields *fields);
/* A string that ends with a zero byte, in place. */
char *take_string(struct fields *fields);

void put_u32(uint8_t *at, uint32_t value);
void put_u64(uint8_t *at, uint64_t value);
uint32_t get_u32(const uint8_t *at);

/* Writes a frame with up to 64 bytes of payload without blocking. False when the peer is gone, or does not read. */
bool send_small(int fd, uint32_t kind, const uint8_t *payload, uint32_t bytes);

/* ---- users.c ---- */

enum { GROUPS_MAX = 64 };

struct user {
  uid_t uid;
  gid_t gid;
  gid_t groups[GROUPS_MAX];
  int group_count;
  char name[64];
  char home[1024];
  char shell[256];
};

/* Finds a user by name or number, root for "". Returns 0 or an errno. */
int find_user(const char *name, struct user *user);

/* ---- spawn.c ---- */

struct program {
  /* A path, or a name that is looked for in PATH. */
  const char *file;
  char **argv;
  char **envp;
  /* NULL for the user's home, or / when there is none. */
  const char *directory;
  const struct user *user;
  /* Standard input, output and error. */
  int fds[3];
  bool terminal;
  /* Gets the stage that failed and its errno as two words; closed by a successful exec. */
  int status_fd;
};

/* Becomes the program. Runs in the child. */
_Noreturn void become(const struct program *program);
/* Files that may be open: as many as the kernel allows for the agent, as before for programs. */
void raise_file_limit(void);

/* ---- pump.c ---- */

enum pump_kind { PUMP_TO_PIPE, PUMP_FROM_PIPE, PUMP_TO_TERMINAL, PUMP_FROM_TERMINAL };

/* Moves bytes until one side ends, then closes both descriptors. Closes them at once when there is no memory. */
void pump_start(int from, int to, enum pump_kind kind);

/* ---- exec.c ---- */

void exec_request(int fd, uint8_t *payload, uint32_t bytes);
void exec_stream(int fd, struct fields *fields);
/* A child of the agent has ended. */
void exec_reaped(pid_t pid, int status);

/* ---- files.c ---- */

/* Serves a request in a child. */
void file_request(int fd, uint32_t kind, uint8_t *payload, uint32_t bytes);
