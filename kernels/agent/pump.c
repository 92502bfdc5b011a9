/*
 * A pump moves bytes from one descriptor to another through a buffer of fixed size, and only reads when all of it is
 * written: a side that does not take holds the side that gives. End of file goes on; a side that is gone ends the other.
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "agent.h"

enum { BUFFER_BYTES = 65536 };
/* The character that a terminal takes for the end of input unless it was told another one. */
enum { END_OF_INPUT = 4 };

struct pump {
  struct watch from;
  struct watch to;
  enum pump_kind kind;
  bool ended;
  size_t at;
  size_t end;
  uint8_t buffer[BUFFER_BYTES];
};

static void finish(struct pump *pump) {
  watch_close(&pump->from);
  watch_close(&pump->to);
  free(pump);
}

/* Writes what there is, then waits for what can happen next. */
static void go_on(struct pump *pump) {
  while (pump->at < pump->end) {
    ssize_t written = write(pump->to.fd, pump->buffer + pump->at, pump->end - pump->at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) break;
    if (written < 0) return finish(pump);
    pump->at += (size_t)written;
  }
  bool empty = pump->at == pump->end;
  if (empty && pump->ended) return finish(pump);
  // A reader on the host never ends its direction of a stream of output, it only goes away. A terminal's connection has
  // two directions that end on their own.
  uint32_t gone = pump->kind == PUMP_FROM_PIPE ? EPOLLRDHUP : 0;
  // What is not waited for must not be looked at: a hang-up would be reported again and again.
  if (empty) watch_for(&pump->from, EPOLLIN);
  else watch_nothing(&pump->from);
  watch_for(&pump->to, gone | (empty ? 0 : EPOLLOUT));
}

static void readable(struct watch *watch, uint32_t events) {
  (void)events;
  struct pump *pump = OWNER(watch, struct pump, from);
  ssize_t got = read(watch->fd, pump->buffer, BUFFER_BYTES);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  pump->at = 0;
  pump->end = got > 0 ? (size_t)got : 0;
  if (got <= 0) {
    // Also by an error: a terminal whose programs are gone gives EIO.
    pump->ended = true;
    if (pump->kind == PUMP_TO_TERMINAL) pump->buffer[pump->end++] = END_OF_INPUT;
  }
  go_on(pump);
}

static void writable(struct watch *watch, uint32_t events) {
  struct pump *pump = OWNER(watch, struct pump, to);
  if ((events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0) return finish(pump);
  go_on(pump);
}

void pump_start(int from, int to, enum pump_kind kind) {
  struct pump *pump = malloc(sizeof *pump);
  if (pump == NULL) {
    close(from);
    close(to);
    return;
  }
  pump->from = (struct watch){.fd = from, .ready = readable};
  pump->to = (struct watch){.fd = to, .ready = writable};
  pump->kind = kind;
  pump->ended = false;
  pump->at = pump->end = 0;
  go_on(pump);
}
