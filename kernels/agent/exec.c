/*
 * Programs. The host opens a connection with the request, on which it hears of start and exit and sends signals, and one
 * for each stream, all at once; a token says that they belong together. When all are here, the program starts.
 *
 *     waiting --- all streams --> starting --- exec worked --> running --- SIGCHLD --> told, forgotten
 *        |                           |                            |
 *     30 s or host gone           FAILED                    host gone: SIGHUP, 2 s later SIGKILL, to its process group
 *
 * The streams' pumps live on their own: what the program's children still write is passed on after its exit.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

enum { STREAMS = 3, PATIENCE_MS = 30000, HANGUP_MS = 2000, DEFAULTS = 7, TTY_GROUP = 5 };

struct exec {
  struct exec *next;
  uint64_t token;
  struct watch control;
  struct watch status;
  struct timer timer;
  /* The request; the strings below lie in it. */
  uint8_t *payload;
  char **argv;
  char **envp;
  char *directory;
  /* argv[0] of a login shell: its name with a dash in front [login(1)]. */
  char login[sizeof((struct user *)0)->shell + 1];
  struct user user;
  uint32_t flags;
  struct winsize size;
  int streams[STREAMS];
  /* The terminal's side that is the host's, for its size. */
  int terminal;
  pid_t pid;
  bool started;
  bool exited;
  int exit_status;
  bool host_gone;
  uint8_t inbox[64];
  size_t inbox_bytes;
};

/* A stream whose request has not come yet. */
struct stream {
  struct stream *next;
  uint64_t token;
  uint32_t index;
  int fd;
  struct timer timer;
};

static struct exec *execs;
static struct stream *streams;

static void free_request(struct exec *exec) {
  free(exec->payload);
  free(exec->argv);
  free(exec->envp);
  exec->payload = NULL;
  exec->argv = exec->envp = NULL;
}

static void close_fd(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static void forget(struct exec *exec) {
  for (struct exec **at = &execs; *at != NULL; at = &(*at)->next) {
    if (*at != exec) continue;
    *at = exec->next;
    break;
  }
  timer_clear(&exec->timer);
  watch_close(&exec->control);
  watch_close(&exec->status);
  for (int i = 0; i < STREAMS; i++) close_fd(&exec->streams[i]);
  close_fd(&exec->terminal);
  free_request(exec);
  free(exec);
}

static void refuse(struct exec *exec, uint32_t stage, int error) {
  uint8_t payload[8];
  put_u32(payload, stage);
  put_u32(payload + 4, (uint32_t)error);
  send_small(exec->control.fd, CO_FAILED, payload, sizeof payload);
  forget(exec);
}

static void out_of_patience(struct timer *timer) { forget(OWNER(timer, struct exec, timer)); }

/* ---- Between host and a running program ---- */

static void signal_group(struct exec *exec, int number) {
  // Before the exit has been seen the number cannot be another's.
  if (exec->pid > 0 && !exec->exited) kill(-exec->pid, number);
}

static void kill_now(struct timer *timer) { signal_group(OWNER(timer, struct exec, timer), SIGKILL); }

static void host_is_gone(struct exec *exec) {
  if (exec->pid == 0) return forget(exec);
  exec->host_gone = true;
  watch_close(&exec->control);
  if (exec->exited) return forget(exec);
  signal_group(exec, SIGHUP);
  timer_set(&exec->timer, HANGUP_MS, kill_now);
}

static bool obey(struct exec *exec, uint32_t kind, const uint8_t *payload, uint32_t bytes) {
  if (kind == CO_SIGNAL && bytes == 4) {
    signal_group(exec, (int)get_u32(payload));
    return true;
  }
  if (kind == CO_RESIZE && bytes == 8) {
    exec->size.ws_col = (unsigned short)get_u32(payload);
    exec->size.ws_row = (unsigned short)get_u32(payload + 4);
    if (exec->terminal >= 0) ioctl(exec->terminal, TIOCSWINSZ, &exec->size);
    return true;
  }
  return false;
}

static void told_by_host(struct watch *watch, uint32_t events) {
  (void)events;
  struct exec *exec = OWNER(watch, struct exec, control);
  ssize_t got = read(watch->fd, exec->inbox + exec->inbox_bytes, sizeof exec->inbox - exec->inbox_bytes);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return host_is_gone(exec);
  exec->inbox_bytes += (size_t)got;
  while (exec->inbox_bytes >= CO_HEADER_BYTES) {
    uint32_t bytes = get_u32(exec->inbox + 4);
    if (bytes > sizeof exec->inbox - CO_HEADER_BYTES) return host_is_gone(exec);
    size_t all = CO_HEADER_BYTES + bytes;
    if (exec->inbox_bytes < all) return;
    if (!obey(exec, get_u32(exec->inbox), exec->inbox + CO_HEADER_BYTES, bytes)) return host_is_gone(exec);
    exec->inbox_bytes -= all;
    memmove(exec->inbox, exec->inbox + all, exec->inbox_bytes);
  }
}

static void tell_exit(struct exec *exec) {
  uint8_t payload[8];
  int status = exec->exit_status;
  put_u32(payload, WIFEXITED(status) ? (uint32_t)WEXITSTATUS(status) : 0);
  put_u32(payload + 4, WIFSIGNALED(status) ? (uint32_t)WTERMSIG(status) : 0);
  send_small(exec->control.fd, CO_EXITED, payload, sizeof payload);
  forget(exec);
}

void exec_reaped(pid_t pid, int status) {
  for (struct exec *exec = execs; exec != NULL; exec = exec->next) {
    if (exec->pid != pid || exec->exited) continue;
    exec->exited = true;
    exec->exit_status = status;
    if (exec->host_gone) forget(exec);
    else if (exec->started) tell_exit(exec);
    return;
  }
}

/* ---- Start ---- */

/* The child has become the program, or says why not. */
static void child_decided(struct watch *watch, uint32_t events) {
  (void)events;
  struct exec *exec = OWNER(watch, struct exec, status);
  uint32_t words[2];
  ssize_t got = read(watch->fd, words, sizeof words);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  watch_close(watch);
  free_request(exec);
  if (exec->host_gone) return;
  if (got == sizeof words) return refuse(exec, words[0], (int)words[1]);
  exec->started = true;
  uint8_t payload[4];
  put_u32(payload, (uint32_t)exec->pid);
  if (!send_small(exec->control.fd, CO_STARTED, payload, sizeof payload)) return host_is_gone(exec);
  if (exec->exited) tell_exit(exec);
}

/* The two ends of a new terminal, which belongs to the program's user. Returns 0 or an errno. */
static int open_terminal(struct exec *exec, int *ours, int *theirs) {
  *ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (*ours < 0) return errno;
  char path[32];
  int number;
  int unlocked = 0;
  if (ioctl(*ours, TIOCSPTLCK, &unlocked) != 0 || ioctl(*ours, TIOCGPTN, &number) != 0) return errno;
  snprintf(path, sizeof path, "/dev/pts/%d", number);
  *theirs = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (*theirs < 0) return errno;
  // Where this is not allowed the terminal stays as the kernel made it.
  if (fchown(*theirs, exec->user.uid, TTY_GROUP) == 0) fchmod(*theirs, 0620);
  ioctl(*ours, TIOCSWINSZ, &exec->size);
  int flags = fcntl(*ours, F_GETFL);
  return fcntl(*ours, F_SETFL, flags | O_NONBLOCK) == 0 ? 0 : errno;
}

/* Pipes for standard input, output and error: `ours` do not block. Returns 0 or an errno. */
static int open_pipes(int ours[STREAMS], int theirs[STREAMS]) {
  for (int i = 0; i < STREAMS; i++) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    ours[i] = ends[i == 0 ? 1 : 0];
    theirs[i] = ends[i == 0 ? 0 : 1];
    fcntl(ours[i], F_SETFL, O_NONBLOCK);
  }
  return 0;
}

static int duplicate(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 3); }

static void pump_terminal(struct exec *exec, int ours) {
  int stream = exec->streams[0];
  exec->streams[0] = -1;
  exec->terminal = duplicate(ours);
  int other_stream = duplicate(stream);
  int other_ours = duplicate(ours);
  // Without them one of the directions would be missing, and the program would wait for it.
  if (exec->terminal < 0 || other_stream < 0 || other_ours < 0) {
    close_fd(&other_stream);
    close_fd(&other_ours);
    close(stream);
    close(ours);
    return;
  }
  pump_start(stream, ours, PUMP_TO_TERMINAL);
  pump_start(other_ours, other_stream, PUMP_FROM_TERMINAL);
}

static void pump_pipes(struct exec *exec, const int ours[STREAMS]) {
  pump_start(exec->streams[0], ours[0], PUMP_TO_PIPE);
  for (int i = 1; i < STREAMS; i++) pump_start(ours[i], exec->streams[i], PUMP_FROM_PIPE);
  for (int i = 0; i < STREAMS; i++) exec->streams[i] = -1;
}

static void start(struct exec *exec) {
  bool terminal = (exec->flags & CO_EXEC_TTY) != 0;
  int ours[STREAMS] = {-1, -1, -1};
  int theirs[STREAMS] = {-1, -1, -1};
  int status[2] = {-1, -1};
  int error = terminal ? open_terminal(exec, &ours[0], &theirs[0]) : open_pipes(ours, theirs);
  if (error == 0 && pipe2(status, O_CLOEXEC | O_NONBLOCK) != 0) error = errno;
  pid_t pid = -1;
  if (error == 0) {
    pid = fork();
    if (pid < 0) error = errno;
  }
  if (pid == 0) {
    struct program program = {
        .file = exec->flags & CO_EXEC_LOGIN ? exec->user.shell : exec->argv[0],
        .argv = exec->argv,
        .envp = exec->envp,
        .directory = *exec->directory == 0 ? NULL : exec->directory,
        .user = &exec->user,
        .fds = {theirs[0], theirs[terminal ? 0 : 1], theirs[terminal ? 0 : 2]},
        .terminal = terminal,
        .status_fd = status[1],
    };
    become(&program);
  }
  for (int i = 0; i < STREAMS; i++) close_fd(&theirs[i]);
  close_fd(&status[1]);
  if (error != 0) {
    for (int i = 0; i < STREAMS; i++) close_fd(&ours[i]);
    close_fd(&status[0]);
    return refuse(exec, CO_STAGE_RESOURCES, error);
  }
  timer_clear(&exec->timer);
  exec->pid = pid;
  exec->status = (struct watch){.fd = status[0], .ready = child_decided};
  watch_for(&exec->status, EPOLLIN);
  if (terminal) pump_terminal(exec, ours[0]);
  else pump_pipes(exec, ours);
}

static void start_if_complete(struct exec *exec) {
  int needed = (exec->flags & CO_EXEC_TTY) != 0 ? 1 : STREAMS;
  for (int i = 0; i < needed; i++) {
    if (exec->streams[i] < 0) return;
  }
  start(exec);
}

/* ---- Requests ---- */

static bool is_set(char **list, size_t count, const char *assignment) {
  size_t bytes = (size_t)(strchr(assignment, '=') - assignment) + 1;
  for (size_t i = 0; i < count; i++) {
    if (strncmp(list[i], assignment, bytes) == 0) return true;
  }
  return false;
}

/* The request's variables, and behind them what every program expects. Returns NULL without memory. */
static char **environment(struct exec *exec, struct fields *fields, uint32_t count) {
  static const char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  static const char format[] = "HOME=%s%cUSER=%s%cLOGNAME=%s%cSHELL=%s%c";
  const struct user *user = &exec->user;
  size_t words = (size_t)count + DEFAULTS;
  size_t text_bytes = 2 * sizeof user->name + sizeof user->home + sizeof user->shell + sizeof format;
  char **list = malloc(words * sizeof *list + text_bytes);
  if (list == NULL) return NULL;
  size_t used = 0;
  for (uint32_t i = 0; i < count; i++) {
    char *assignment = take_string(fields);
    if (assignment == NULL) break;
    list[used++] = assignment;
  }
  char *text = (char *)(list + words);
  snprintf(text, text_bytes, format, user->home, 0, user->name, 0, user->name, 0, user->shell, 0);
  if (!is_set(list, used, path)) list[used++] = (char *)path;
  for (int i = 0; i < 4; i++, text += strlen(text) + 1) {
    if (!is_set(list, used, text)) list[used++] = text;
  }
  if ((exec->flags & CO_EXEC_TTY) != 0 && !is_set(list, used, "TERM=")) list[used++] = "TERM=xterm-256color";
  list[used] = NULL;
  return list;
}

/* The words of the command, or the one of a login shell. Returns NULL without memory. */
static char **arguments(struct exec *exec, struct fields *fields, uint32_t count) {
  char **list = malloc(((size_t)count + 2) * sizeof *list);
  if (list == NULL) return NULL;
  for (uint32_t i = 0; i < count; i++) list[i] = take_string(fields);
  if (count == 0) {
    const char *slash = strrchr(exec->user.shell, '/');
    snprintf(exec->login, sizeof exec->login, "-%s", slash == NULL ? exec->user.shell : slash + 1);
    list[count++] = exec->login;
  }
  list[count] = NULL;
  return list;
}

static void adopt_streams(struct exec *exec) {
  for (struct stream **at = &streams; *at != NULL;) {
    struct stream *stream = *at;
    if (stream->token != exec->token) {
      at = &stream->next;
      continue;
    }
    *at = stream->next;
    timer_clear(&stream->timer);
    exec->streams[stream->index] = stream->fd;
    free(stream);
  }
}

/* exec.token u64 | flags u32 | columns u32 | rows u32 | user | directory | count u32, arguments | count u32, variables */
void exec_request(int fd, uint8_t *payload, uint32_t bytes) {
  struct exec *exec = calloc(1, sizeof *exec);
  if (exec == NULL) {
    close(fd);
    free(payload);
    return;
  }
  exec->next = execs;
  execs = exec;
  exec->payload = payload;
  exec->control = (struct watch){.fd = fd, .ready = told_by_host};
  exec->status.fd = exec->terminal = -1;
  for (int i = 0; i < STREAMS; i++) exec->streams[i] = -1;

  struct fields fields = {.at = payload, .end = payload + bytes};
  exec->token = take_u64(&fields);
  exec->flags = take_u32(&fields);
  exec->size.ws_col = (unsigned short)take_u32(&fields);
  exec->size.ws_row = (unsigned short)take_u32(&fields);
  const char *user = take_string(&fields);
  exec->directory = take_string(&fields);
  uint32_t words = take_u32(&fields);
  // Each takes four bytes at least.
  if (fields.bad || words > bytes / 4) return refuse(exec, CO_STAGE_RESOURCES, EPROTO);
  adopt_streams(exec);
  int error = find_user(user, &exec->user);
  if (error != 0) return refuse(exec, CO_STAGE_USER, error);
  exec->argv = arguments(exec, &fields, words);
  uint32_t variables = take_u32(&fields);
  if (fields.bad || variables > bytes / 4) return refuse(exec, CO_STAGE_RESOURCES, EPROTO);
  exec->envp = environment(exec, &fields, variables);
  if (exec->argv == NULL || exec->envp == NULL) return refuse(exec, CO_STAGE_RESOURCES, ENOMEM);
  if (fields.bad || (words == 0) != ((exec->flags & CO_EXEC_LOGIN) != 0)) {
    return refuse(exec, CO_STAGE_RESOURCES, EPROTO);
  }
  watch_for(&exec->control, EPOLLIN | EPOLLRDHUP);
  timer_set(&exec->timer, PATIENCE_MS, out_of_patience);
  start_if_complete(exec);
}

static void stream_waited(struct timer *timer) {
  struct stream *stream = OWNER(timer, struct stream, timer);
  for (struct stream **at = &streams; *at != NULL; at = &(*at)->next) {
    if (*at != stream) continue;
    *at = stream->next;
    break;
  }
  close(stream->fd);
  free(stream);
}

/* exec.token u64 | index u32 */
void exec_stream(int fd, struct fields *fields) {
  uint64_t token = take_u64(fields);
  uint32_t index = take_u32(fields);
  struct stream *stream = fields->bad || index >= STREAMS ? NULL : malloc(sizeof *stream);
  if (stream == NULL) {
    close(fd);
    return;
  }
  for (struct exec *exec = execs; exec != NULL; exec = exec->next) {
    if (exec->token != token || exec->pid != 0) continue;
    free(stream);
    close_fd(&exec->streams[index]);
    exec->streams[index] = fd;
    return start_if_complete(exec);
  }
  *stream = (struct stream){.next = streams, .token = token, .index = index, .fd = fd};
  streams = stream;
  timer_set(&stream->timer, PATIENCE_MS, stream_waited);
}
