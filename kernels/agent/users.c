/*
 * Who a program runs as: /etc/passwd and /etc/group. A number needs no entry there.
 */

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"

static bool is_number(const char *text) {
  if (*text == 0) return false;
  for (; *text != 0; text++) {
    if (*text < '0' || *text > '9') return false;
  }
  return true;
}

static void copy(char *into, size_t room, const char *text, const char *otherwise) {
  if (text == NULL || *text == 0) text = otherwise;
  size_t bytes = strlen(text);
  if (bytes >= room) bytes = 0;
  memcpy(into, text, bytes);
  into[bytes] = 0;
}

int find_user(const char *name, struct user *user) {
  const struct passwd *entry;
  memset(user, 0, sizeof *user);
  if (*name == 0) {
    entry = getpwuid(0);
  } else if (is_number(name)) {
    unsigned long number = strtoul(name, NULL, 10);
    if (number >= 0xffffffff) return EINVAL;
    user->uid = user->gid = (uid_t)number;
    entry = getpwuid(user->uid);
  } else {
    entry = getpwnam(name);
    if (entry == NULL) return ENOENT;
  }
  if (entry == NULL) {
    copy(user->name, sizeof user->name, name, "root");
    copy(user->home, sizeof user->home, "/", "/");
    copy(user->shell, sizeof user->shell, "/bin/sh", "/bin/sh");
    user->groups[user->group_count++] = user->gid;
    return 0;
  }
  user->uid = entry->pw_uid;
  user->gid = entry->pw_gid;
  copy(user->name, sizeof user->name, entry->pw_name, "");
  copy(user->home, sizeof user->home, entry->pw_dir, "/");
  copy(user->shell, sizeof user->shell, entry->pw_shell, "/bin/sh");
  user->group_count = GROUPS_MAX;
  if (getgrouplist(user->name, user->gid, user->groups, &user->group_count) < 0) user->group_count = GROUPS_MAX;
  return 0;
}
