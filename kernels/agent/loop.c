/*
 * The loop: one event at a time, so that whoever handles it may free whatever it likes. epoll gives turns by itself: a
 * descriptor that was served goes to the end of the row.
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

static int epoll_fd;
static struct timer *timers;

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void loop_init(void) {
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) abort();
}

void watch_for(struct watch *watch, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = watch};
  if (epoll_ctl(epoll_fd, watch->added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, watch->fd, &event) == 0) watch->added = true;
}

void watch_nothing(struct watch *watch) {
  if (watch->added) epoll_ctl(epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
  watch->added = false;
}

void watch_close(struct watch *watch) {
  if (watch->fd < 0) return;
  watch_nothing(watch);
  close(watch->fd);
  watch->fd = -1;
}

void timer_set(struct timer *timer, int64_t ms, void (*due)(struct timer *timer)) {
  timer_clear(timer);
  timer->at_ms = now_ms() + ms;
  timer->due = due;
  timer->next = timers;
  timers = timer;
}

void timer_clear(struct timer *timer) {
  for (struct timer **at = &timers; *at != NULL; at = &(*at)->next) {
    if (*at != timer) continue;
    *at = timer->next;
    return;
  }
}

/* Lets what is due happen. Returns the milliseconds until the next timer, -1 when there is none. */
static int run_timers(void) {
  for (;;) {
    struct timer *next = NULL;
    for (struct timer *timer = timers; timer != NULL; timer = timer->next) {
      if (next == NULL || timer->at_ms < next->at_ms) next = timer;
    }
    if (next == NULL) return -1;
    int64_t left = next->at_ms - now_ms();
    if (left > 0) return (int)left;
    timer_clear(next);
    next->due(next);
  }
}

_Noreturn void loop_run(void) {
  for (;;) {
    struct epoll_event event;
    int count = epoll_wait(epoll_fd, &event, 1, run_timers());
    if (count < 0 && errno != EINTR) abort();
    if (count <= 0) continue;
    struct watch *watch = event.data.ptr;
    watch->ready(watch, event.events);
  }
}
