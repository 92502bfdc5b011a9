/*
 * Between fork and exec: a session of its own, the terminal, descriptors, user, directory, program. What fails is told
 * through a pipe that a successful exec closes.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

static struct rlimit usual_files;

void raise_file_limit(void) {
  if (getrlimit(RLIMIT_NOFILE, &usual_files) != 0) return;
  struct rlimit most = {.rlim_cur = usual_files.rlim_max, .rlim_max = usual_files.rlim_max};
  setrlimit(RLIMIT_NOFILE, &most);
}

static _Noreturn void fail(const struct program *program, uint32_t stage, int error) {
  uint32_t words[2] = {stage, (uint32_t)error};
  // A pipe takes so little at once, and there is nobody else to tell.
  if (write(program->status_fd, words, sizeof words) < 0) _exit(126);
  _exit(127);
}

static const char *variable(char **envp, const char *name) {
  size_t bytes = strlen(name);
  for (; *envp != NULL; envp++) {
    if (strncmp(*envp, name, bytes) == 0 && (*envp)[bytes] == '=') return *envp + bytes + 1;
  }
  return NULL;
}

/* execvp [POSIX], with the program's own PATH and without the guess that a file of unknown format is a shell script. */
static int run(const char *file, char **argv, char **envp) {
  if (*file == 0) return ENOENT;
  if (strchr(file, '/') != NULL) {
    execve(file, argv, envp);
    return errno;
  }
  int error = ENOENT;
  size_t file_bytes = strlen(file) + 1;
  for (const char *at = variable(envp, "PATH"); at != NULL;) {
    const char *colon = strchr(at, ':');
    size_t bytes = colon == NULL ? strlen(at) : (size_t)(colon - at);
    char path[4096];
    if (bytes + 1 + file_bytes <= sizeof path) {
      memcpy(path, at, bytes);
      path[bytes] = '/';
      // An empty entry is the current directory.
      char *name = path + (bytes == 0 ? 0 : bytes + 1);
      memcpy(name, file, file_bytes);
      execve(path, argv, envp);
      if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) return errno;
      if (errno == EACCES) error = EACCES;
    }
    at = colon == NULL ? NULL : colon + 1;
  }
  return error;
}

_Noreturn void become(const struct program *program) {
  const struct user *user = program->user;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  // Also what whoever started the agent ignored, as a shell does with SIGINT for what it runs in the background.
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  setrlimit(RLIMIT_NOFILE, &usual_files);
  umask(022);
  setsid();
  if (program->terminal && ioctl(program->fds[0], TIOCSCTTY, 0) != 0) fail(program, CO_STAGE_RESOURCES, errno);
  // All descriptors of the agent are above 2 and close by themselves.
  for (int fd = 0; fd < 3; fd++) {
    if (dup2(program->fds[fd], fd) < 0) fail(program, CO_STAGE_RESOURCES, errno);
  }
  if (setgroups((size_t)user->group_count, user->groups) != 0) fail(program, CO_STAGE_USER, errno);
  if (setgid(user->gid) != 0 || setuid(user->uid) != 0) fail(program, CO_STAGE_USER, errno);
  if (program->directory != NULL) {
    if (chdir(program->directory) != 0) fail(program, CO_STAGE_DIRECTORY, errno);
  } else if (chdir(user->home) != 0 && chdir("/") != 0) {
    fail(program, CO_STAGE_DIRECTORY, errno);
  }
  fail(program, CO_STAGE_PROGRAM, run(program->file, program->argv, program->envp));
}
