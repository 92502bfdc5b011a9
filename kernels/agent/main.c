/*
 * The beginning: one connection to the host that says the agent is there, as long as it lives, and connections from the
 * host, each for one request.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

/* [linux include/uapi/linux/vm_sockets.h] */
enum { CID_HOST = 2, BACKLOG = 1024 };
static const uint32_t CID_ANY = 0xffffffff;

struct sockaddr_vm {
  sa_family_t family;
  unsigned short reserved;
  unsigned int port;
  unsigned int cid;
  unsigned char zero[4];
};

/* How soon to try again when the host does not answer: a driver may still be loading. */
enum { RETRY_FIRST_MS = 100, RETRY_MOST_MS = 5000 };

/* ---- The hello ---- */

static struct watch hello;
static struct timer retry;
static int64_t retry_ms = RETRY_FIRST_MS;
static bool greeted;
static uint8_t answer[CO_HEADER_BYTES + 8];
static size_t answer_bytes;

static void say_hello(struct timer *timer);

static void hello_lost(void) {
  watch_close(&hello);
  timer_set(&retry, retry_ms, say_hello);
  retry_ms = retry_ms * 2 < RETRY_MOST_MS ? retry_ms * 2 : RETRY_MOST_MS;
}

static void check_answer(void) {
  uint32_t version = get_u32(answer + CO_HEADER_BYTES + 4);
  if (get_u32(answer + CO_HEADER_BYTES) == CO_MAGIC && version == CO_VERSION) return;
  fprintf(stderr, "colinux-agent: the host speaks version %u of the protocol, this agent speaks %d\n", version, CO_VERSION);
}

static void hello_ready(struct watch *watch, uint32_t events) {
  if (!greeted) {
    if ((events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0) return hello_lost();
    uint8_t payload[8 + sizeof CO_BUILD];
    put_u32(payload, CO_MAGIC);
    put_u32(payload + 4, CO_VERSION);
    memcpy(payload + 8, CO_BUILD, sizeof CO_BUILD);
    if (!send_small(watch->fd, CO_HELLO, payload, sizeof payload)) return hello_lost();
    greeted = true;
    retry_ms = RETRY_FIRST_MS;
    return watch_for(watch, EPOLLIN | EPOLLRDHUP);
  }
  ssize_t got = read(watch->fd, answer + answer_bytes, sizeof answer - answer_bytes);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return hello_lost();
  answer_bytes += (size_t)got;
  if (answer_bytes < sizeof answer) return;
  check_answer();
  // From here on the connection only ends.
  watch_for(watch, EPOLLRDHUP);
}

/* A socket with one of the ports that are root's, by which the host knows the agent. One from before may still hold its. */
static int hello_socket(void) {
  int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  for (unsigned int port = CO_HELLO_PORT_FIRST; fd >= 0 && port <= CO_HELLO_PORT_LAST; port++) {
    struct sockaddr_vm here = {.family = AF_VSOCK, .cid = CID_ANY, .port = port};
    if (bind(fd, (struct sockaddr *)&here, sizeof here) == 0) return fd;
  }
  if (fd >= 0) close(fd);
  return -1;
}

static void say_hello(struct timer *timer) {
  (void)timer;
  greeted = false;
  answer_bytes = 0;
  hello = (struct watch){.fd = hello_socket(), .ready = hello_ready};
  struct sockaddr_vm host = {.family = AF_VSOCK, .cid = CID_HOST, .port = CO_PORT};
  if (hello.fd < 0) return hello_lost();
  if (connect(hello.fd, (struct sockaddr *)&host, sizeof host) != 0 && errno != EINPROGRESS) return hello_lost();
  watch_for(&hello, EPOLLOUT | EPOLLRDHUP);
}

/* ---- Connections of the host ---- */

/* A connection whose request has not come whole. */
struct visitor {
  struct watch watch;
  uint8_t header[CO_HEADER_BYTES];
  uint8_t *payload;
  uint32_t bytes;
  size_t got;
};

static void dismiss(struct visitor *visitor) {
  watch_close(&visitor->watch);
  free(visitor->payload);
  free(visitor);
}

static void serve(struct visitor *visitor) {
  int fd = visitor->watch.fd;
  uint8_t *payload = visitor->payload;
  uint32_t bytes = visitor->bytes;
  uint32_t kind = get_u32(visitor->header);
  watch_nothing(&visitor->watch);
  free(visitor);
  if (kind == CO_REQUEST_EXEC) return exec_request(fd, payload, bytes);
  if (kind == CO_REQUEST_STREAM) {
    struct fields fields = {.at = payload, .end = payload + bytes};
    exec_stream(fd, &fields);
    free(payload);
    return;
  }
  file_request(fd, kind, payload, bytes);
}

/* Reads exactly the first frame: what follows is for whoever serves it. */
static void visitor_ready(struct watch *watch, uint32_t events) {
  (void)events;
  struct visitor *visitor = OWNER(watch, struct visitor, watch);
  bool in_header = visitor->got < CO_HEADER_BYTES;
  uint8_t *into = in_header ? visitor->header + visitor->got : visitor->payload + visitor->got - CO_HEADER_BYTES;
  size_t wanted = (in_header ? CO_HEADER_BYTES : CO_HEADER_BYTES + (size_t)visitor->bytes) - visitor->got;
  ssize_t got = read(watch->fd, into, wanted);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return dismiss(visitor);
  visitor->got += (size_t)got;
  if (visitor->got == CO_HEADER_BYTES) {
    visitor->bytes = get_u32(visitor->header + 4);
    if (visitor->bytes == 0 || visitor->bytes > CO_REQUEST_BYTES_MAX) return dismiss(visitor);
    visitor->payload = malloc(visitor->bytes);
    if (visitor->payload == NULL) return dismiss(visitor);
  }
  if (visitor->got == CO_HEADER_BYTES + (size_t)visitor->bytes && visitor->payload != NULL) serve(visitor);
}

/* Given up for a moment when there are no descriptors left, so that a connection can be taken and closed. */
static int reserve;

static void door_ready(struct watch *watch, uint32_t events) {
  (void)events;
  struct sockaddr_vm peer = {0};
  socklen_t peer_bytes = sizeof peer;
  int fd = accept4(watch->fd, (struct sockaddr *)&peer, &peer_bytes, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
    close(reserve);
    fd = accept(watch->fd, NULL, NULL);
    if (fd >= 0) close(fd);
    reserve = open("/dev/null", O_RDWR | O_CLOEXEC);
    return;
  }
  // Programs in the guest can connect, too, where the kernel has vsock_loopback; they have no business here.
  bool from_host = fd >= 0 && peer.cid == CID_HOST;
  struct visitor *visitor = from_host ? calloc(1, sizeof *visitor) : NULL;
  if (visitor == NULL) {
    if (fd >= 0) close(fd);
    return;
  }
  visitor->watch = (struct watch){.fd = fd, .ready = visitor_ready};
  watch_for(&visitor->watch, EPOLLIN);
}

/* ---- Children ---- */

static void children_ready(struct watch *watch, uint32_t events) {
  (void)events;
  struct signalfd_siginfo info;
  // One signal may stand for several children.
  if (read(watch->fd, &info, sizeof info) < 0) return;
  for (;;) {
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return;
    exec_reaped(pid, status);
  }
}

static int fail(const char *what) {
  fprintf(stderr, "colinux-agent: %s: %s\n", what, strerror(errno));
  return 1;
}

int main(void) {
  // 0, 1 and 2 are taken, whoever started this; what it says goes to where 2 led.
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  while (null >= 0 && null < 3) null = fcntl(null, F_DUPFD, null + 1);
  if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0) return fail("/dev/null");
  fcntl(null, F_SETFD, FD_CLOEXEC);
  reserve = null;
  // Not in anybody's process group or session: a hang-up of the console is nothing to it.
  setsid();
  if (chdir("/") != 0) return fail("/");
  signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  loop_init();

  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, NULL);
  static struct watch children = {.ready = children_ready};
  children.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (children.fd < 0) return fail("signalfd");
  watch_for(&children, EPOLLIN);

  static struct watch door = {.ready = door_ready};
  door.fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  struct sockaddr_vm here = {.family = AF_VSOCK, .cid = CID_ANY, .port = CO_PORT};
  if (door.fd < 0 || bind(door.fd, (struct sockaddr *)&here, sizeof here) != 0 || listen(door.fd, BACKLOG) != 0) {
    return fail("vsock");
  }
  watch_for(&door, EPOLLIN);
  say_hello(NULL);
  loop_run();
}
