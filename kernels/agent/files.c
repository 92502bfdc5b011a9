/*
 * Requests for files. Each is served by a process of its own, which may block on a disk, on a tree of a million files or on
 * a host that does not read, and ends with its connection. The reply is a RESULT with an errno, 0 when all went well; what
 * was asked for comes in it, or in frames before it.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent.h"

enum { CONNECTION = 3, DATA_BYTES = CO_FRAME_BYTES_MAX, STAT_BYTES = 80 };

/* One frame: header and payload. */
static uint8_t frame[CO_HEADER_BYTES + DATA_BYTES];
static uint8_t *const payload_of_frame = frame + CO_HEADER_BYTES;

/* ---- Frames, blocking; a host that is gone ends the process ---- */

static void send_frame(uint32_t kind, uint32_t bytes) {
  put_u32(frame, kind);
  put_u32(frame + 4, bytes);
  for (size_t at = 0, all = CO_HEADER_BYTES + bytes; at < all;) {
    ssize_t sent = send(CONNECTION, frame + at, all - at, MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) _exit(1);
    if (sent > 0) at += (size_t)sent;
  }
}

/* A RESULT with what lies behind its errno in the frame. */
static void reply(int error, uint32_t bytes) {
  put_u32(payload_of_frame, (uint32_t)error);
  send_frame(CO_RESULT, 4 + bytes);
}

static void receive(uint8_t *into, size_t bytes) {
  while (bytes > 0) {
    ssize_t got = read(CONNECTION, into, bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) _exit(1);
    into += got;
    bytes -= (size_t)got;
  }
}

/* Waits until `fd` can be read. */
static void wait_for(int fd) {
  struct pollfd both[2] = {{.fd = fd, .events = POLLIN}, {.fd = CONNECTION, .events = POLLRDHUP}};
  for (;;) {
    if (poll(both, 2, -1) < 0) continue;
    if (both[1].revents != 0) _exit(1);
    if (both[0].revents != 0) return;
  }
}

/* ---- Content ---- */

/* path | offset u64 | bytes u64 -> DATA ..., RESULT */
static int read_file(struct fields *fields) {
  const char *path = take_string(fields);
  uint64_t offset = take_u64(fields);
  uint64_t left = take_u64(fields);
  if (fields->bad) return EPROTO;
  // A pipe without a writer must not block where nobody can end it; what comes later is waited for below.
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return errno;
  if (offset > 0 && lseek(fd, (off_t)offset, SEEK_SET) < 0) return errno;
  while (left > 0) {
    wait_for(fd);
    ssize_t got = read(fd, payload_of_frame, left < DATA_BYTES ? (size_t)left : DATA_BYTES);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    send_frame(CO_DATA, (uint32_t)got);
    left -= (uint64_t)got;
  }
  return 0;
}

static int write_all(int fd, const uint8_t *from, size_t bytes) {
  while (bytes > 0) {
    ssize_t written = write(fd, from, bytes);
    if (written < 0 && errno == EAGAIN) {
      struct pollfd room[2] = {{.fd = fd, .events = POLLOUT}, {.fd = CONNECTION, .events = 0}};
      poll(room, 2, -1);
      if (room[1].revents != 0) _exit(1);
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    from += written;
    bytes -= (size_t)written;
  }
  return 0;
}

/* path | flags u32 | mode u32, then DATA ..., END -> RESULT when all is written and the file closed */
static int write_file(struct fields *fields) {
  const char *path = take_string(fields);
  uint32_t flags = take_u32(fields);
  uint32_t mode = take_u32(fields);
  if (fields->bad) return EPROTO;
  int how = O_WRONLY | O_NONBLOCK | O_CLOEXEC;
  if (flags & CO_WRITE_CREATE) how |= O_CREAT;
  if (flags & CO_WRITE_TRUNCATE) how |= O_TRUNC;
  if (flags & CO_WRITE_APPEND) how |= O_APPEND;
  if (flags & CO_WRITE_EXCLUSIVE) how |= O_EXCL;
  int fd = open(path, how, mode & 07777);
  if (fd < 0) return errno;
  for (;;) {
    receive(frame, CO_HEADER_BYTES);
    uint32_t kind = get_u32(frame);
    uint32_t bytes = get_u32(frame + 4);
    if (kind == CO_END && bytes == 0) break;
    if (kind != CO_DATA || bytes > DATA_BYTES) return EPROTO;
    receive(payload_of_frame, bytes);
    int error = write_all(fd, payload_of_frame, bytes);
    if (error != 0) return error;
  }
  return close(fd) == 0 ? 0 : errno;
}

/* ---- Names ---- */

/* path | follow u32 -> RESULT: mode, links, uid, gid u32; size, inode, device u64; three times seconds i64, ns u32; blocks u64 */
static int stat_file(struct fields *fields, uint32_t *bytes) {
  const char *path = take_string(fields);
  uint32_t follow = take_u32(fields);
  if (fields->bad) return EPROTO;
  struct stat found;
  if (fstatat(AT_FDCWD, path, &found, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0) return errno;
  uint8_t *at = payload_of_frame + 4;
  put_u32(at, found.st_mode);
  put_u32(at + 4, (uint32_t)found.st_nlink);
  put_u32(at + 8, found.st_uid);
  put_u32(at + 12, found.st_gid);
  put_u64(at + 16, (uint64_t)found.st_size);
  put_u64(at + 24, found.st_ino);
  put_u64(at + 32, found.st_dev);
  const struct timespec times[3] = {found.st_atim, found.st_mtim, found.st_ctim};
  for (int i = 0; i < 3; i++) {
    put_u64(at + 40 + 12 * i, (uint64_t)times[i].tv_sec);
    put_u32(at + 48 + 12 * i, (uint32_t)times[i].tv_nsec);
  }
  *bytes = STAT_BYTES - 4;
  return 0;
}

/* path -> ENTRIES ..., RESULT; an entry is type u32 (DT_*), name */
static int list(struct fields *fields) {
  const char *path = take_string(fields);
  if (fields->bad) return EPROTO;
  DIR *directory = opendir(path);
  if (directory == NULL) return errno;
  uint32_t used = 0;
  for (;;) {
    errno = 0;
    const struct dirent *entry = readdir(directory);
    if (entry == NULL) break;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    uint32_t name_bytes = (uint32_t)strlen(entry->d_name) + 1;
    if (used + 8 + name_bytes > DATA_BYTES) {
      send_frame(CO_ENTRIES, used);
      used = 0;
    }
    uint8_t *at = payload_of_frame + used;
    put_u32(at, entry->d_type);
    put_u32(at + 4, name_bytes);
    memcpy(at + 8, entry->d_name, name_bytes);
    used += 8 + name_bytes;
  }
  int error = errno;
  if (used > 0) send_frame(CO_ENTRIES, used);
  return error;
}

static bool is_directory(const char *path) {
  struct stat found;
  return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

/* path | flags u32 | mode u32 -> RESULT */
static int make_directory(struct fields *fields) {
  char *path = take_string(fields);
  uint32_t flags = take_u32(fields);
  uint32_t mode = take_u32(fields) & 07777;
  if (fields->bad) return EPROTO;
  if (mkdir(path, mode) == 0) return 0;
  if ((flags & CO_MKDIR_RECURSIVE) == 0) return errno;
  for (char *at = path + 1; *path != 0 && *at != 0; at++) {
    if (*at != '/') continue;
    *at = 0;
    if (mkdir(path, mode) != 0 && errno != EEXIST) return errno;
    *at = '/';
  }
  if (mkdir(path, mode) == 0 || (errno == EEXIST && is_directory(path))) return 0;
  return errno;
}

/* Removes what is in the directory `parent` under `name`, and all below it. */
static int remove_tree(int parent, const char *name) {
  if (unlinkat(parent, name, 0) == 0) return 0;
  // EPERM is what file systems may say of a directory [unlink(2)].
  int error = errno;
  if (error != EISDIR && error != EPERM) return error;
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno == ENOTDIR ? error : errno;
  DIR *directory = fdopendir(fd);
  if (directory == NULL) return errno;
  for (;;) {
    errno = 0;
    const struct dirent *entry = readdir(directory);
    error = errno;
    if (entry == NULL) break;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    error = remove_tree(fd, entry->d_name);
    if (error != 0 && error != ENOENT) break;
  }
  closedir(directory);
  if (error != 0 && error != ENOENT) return error;
  return unlinkat(parent, name, AT_REMOVEDIR) == 0 ? 0 : errno;
}

/* path | flags u32 -> RESULT */
static int remove_file(struct fields *fields) {
  const char *path = take_string(fields);
  uint32_t flags = take_u32(fields);
  if (fields->bad) return EPROTO;
  struct stat found;
  int error = 0;
  if ((flags & CO_REMOVE_RECURSIVE) != 0) error = remove_tree(AT_FDCWD, path);
  else if (lstat(path, &found) != 0) error = errno;
  else if (S_ISDIR(found.st_mode)) error = EISDIR;
  else if (unlink(path) != 0) error = errno;
  return error == ENOENT && (flags & CO_REMOVE_FORCE) != 0 ? 0 : error;
}

/* path | path -> RESULT */
static int two_paths(struct fields *fields, int (*action)(const char *, const char *)) {
  const char *first = take_string(fields);
  const char *second = take_string(fields);
  if (fields->bad) return EPROTO;
  return action(first, second) == 0 ? 0 : errno;
}

/* path -> RESULT: the target, without a zero byte */
static int read_link(struct fields *fields, uint32_t *bytes) {
  const char *path = take_string(fields);
  if (fields->bad) return EPROTO;
  ssize_t got = readlink(path, (char *)payload_of_frame + 4, DATA_BYTES - 4);
  if (got < 0) return errno;
  *bytes = (uint32_t)got;
  return 0;
}

/* path | mode u32 -> RESULT */
static int change_mode(struct fields *fields) {
  const char *path = take_string(fields);
  uint32_t mode = take_u32(fields);
  if (fields->bad) return EPROTO;
  return chmod(path, mode & 07777) == 0 ? 0 : errno;
}

/* ---- Watching ---- */

/* path -> RESULT, then EVENT ...: mask u32 (IN_*), cookie u32, name, until the host or the watched file goes */
static int watch_file(struct fields *fields) {
  const char *path = take_string(fields);
  if (fields->bad) return EPROTO;
  int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (fd < 0) return errno;
  uint32_t interest = IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO |
                      IN_DELETE_SELF | IN_MOVE_SELF;
  if (inotify_add_watch(fd, path, interest) < 0) return errno;
  reply(0, 0);
  static char events[16384] __attribute__((aligned(8)));
  for (;;) {
    wait_for(fd);
    ssize_t got = read(fd, events, sizeof events);
    for (char *at = events; got > 0 && at < events + got;) {
      const struct inotify_event *event = (const struct inotify_event *)at;
      uint32_t name_bytes = event->len == 0 ? 1 : (uint32_t)strlen(event->name) + 1;
      put_u32(payload_of_frame, event->mask);
      put_u32(payload_of_frame + 4, event->cookie);
      put_u32(payload_of_frame + 8, name_bytes);
      memcpy(payload_of_frame + 12, event->len == 0 ? "" : event->name, name_bytes);
      send_frame(CO_EVENT, 12 + name_bytes);
      if ((event->mask & IN_IGNORED) != 0) _exit(0);
      at += sizeof *event + event->len;
    }
  }
}

static _Noreturn void serve(int fd, uint32_t kind, const uint8_t *payload, uint32_t bytes) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  umask(022);
  // Whatever else the agent has open is not to stay open because of this process.
  if (dup2(fd, CONNECTION) < 0 || syscall(SYS_close_range, CONNECTION + 1, ~0u, 0) != 0) _exit(1);
  fcntl(CONNECTION, F_SETFL, 0);
  struct fields fields = {.at = payload, .end = payload + bytes};
  uint32_t more = 0;
  int error;
  switch (kind) {
    case CO_REQUEST_READ: error = read_file(&fields); break;
    case CO_REQUEST_WRITE: error = write_file(&fields); break;
    case CO_REQUEST_STAT: error = stat_file(&fields, &more); break;
    case CO_REQUEST_LIST: error = list(&fields); break;
    case CO_REQUEST_MKDIR: error = make_directory(&fields); break;
    case CO_REQUEST_REMOVE: error = remove_file(&fields); break;
    case CO_REQUEST_RENAME: error = two_paths(&fields, rename); break;
    case CO_REQUEST_SYMLINK: error = two_paths(&fields, symlink); break;
    case CO_REQUEST_READLINK: error = read_link(&fields, &more); break;
    case CO_REQUEST_CHMOD: error = change_mode(&fields); break;
    case CO_REQUEST_WATCH: error = watch_file(&fields); break;
    default: error = EPROTO;
  }
  reply(error, more);
  _exit(0);
}

void file_request(int fd, uint32_t kind, uint8_t *payload, uint32_t bytes) {
  pid_t pid = fork();
  if (pid == 0) serve(fd, kind, payload, bytes);
  if (pid < 0) {
    uint8_t result[4];
    put_u32(result, (uint32_t)errno);
    send_small(fd, CO_RESULT, result, sizeof result);
  }
  close(fd);
  free(payload);
}
