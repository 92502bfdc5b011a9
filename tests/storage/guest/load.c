/*
 * The guest of the power-failure tests: as /init it mounts the disk and lets several workers write files and make them durable. Before
 * an operation a worker says on the console what it is going to do, and by that also that everything before it is done:
 *
 *     @worker operation kind name bytes
 *
 * What an operation writes follows from the seed, the worker and the operation's number alone, so the host can tell every byte. One more
 * process writes, renames and deletes without ever asking for durability. Freestanding: it needs a compiler and no C library.
 *
 *     load=SEED,WORKERS,OPERATIONS on the kernel's command line
 */

typedef unsigned int u32;
typedef unsigned long u64;

enum {
  SYS_dup3 = 24, SYS_mkdirat = 34, SYS_unlinkat = 35, SYS_mount = 40, SYS_ftruncate = 46, SYS_openat = 56,
  SYS_close = 57, SYS_lseek = 62, SYS_write = 64, SYS_pwrite64 = 68, SYS_sync = 81, SYS_fsync = 82,
  SYS_fdatasync = 83, SYS_exit = 93, SYS_kill = 129, SYS_reboot = 142, SYS_clone = 220, SYS_wait4 = 260,
  SYS_renameat2 = 276
};
enum { AT_FDCWD = -100, AT_REMOVEDIR = 0x200, SIGCHLD = 17, SIGKILL = 9 };
enum { O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_TRUNC = 01000, O_APPEND = 02000, O_DIRECTORY = 0200000 };
enum { SECTOR_BYTES = 512, BLOCK_BYTES = 4096, OVERWRITTEN_BYTES = 65536, APPENDED_MAX = 150000 };
enum { FILES = 8, REPLACED = 4, APPENDED = 2, FOLDERS = 4 };

static long call(long n, long a, long b, long c, long d, long e) {
  register long a7 asm("a7") = n, a0 asm("a0") = a, a1 asm("a1") = b, a2 asm("a2") = c, a3 asm("a3") = d, a4 asm("a4") = e;
  asm volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
  return a0;
}

/* ---- Text ---- */

static char *put_text(char *to, const char *text) {
  while (*text) *to++ = *text++;
  *to = 0;
  return to;
}

static char *put_number(char *to, u64 n) {
  char digits[20];
  int length = 0;
  do digits[length++] = '0' + n % 10;
  while (n /= 10);
  while (length) *to++ = digits[--length];
  *to = 0;
  return to;
}

static u64 number(const char **text) {
  u64 n = 0;
  while (**text >= '0' && **text <= '9') n = n * 10 + *(*text)++ - '0';
  return n;
}

static void say(const char *line, const char *end) {
  call(SYS_write, 1, (long)line, end - line, 0, 0);
}

/* Ends everything: the host fails the test when it sees the mark. */
static void fail(const char *what, long error) {
  char line[100], *end = put_text(put_text(line, "!"), what);
  end = put_text(put_number(put_text(end, " failed with "), -error), "\n");
  say(line, end);
  call(SYS_exit, 1, 0, 0, 0, 0);
}

static long must(const char *what, long result) {
  if (result < 0) fail(what, result);
  return result;
}

/* ---- Content and chance ---- */

static u32 seed, worker, operation;
static u32 state;

static u32 mixed(u32 x) {
  x = (x ^ (x >> 16)) * 0x7feb352d;
  x = (x ^ (x >> 15)) * 0x846ca68b;
  return x ^ (x >> 16);
}

static u32 below(u32 n) {
  state = state * 1664525 + 1013904223;
  return mixed(state) % n;
}

static u32 buffer[65536 / 4];

/* Fills the buffer with content from `sector` of this operation on. */
static void generate(u32 sector, u32 bytes) {
  for (u32 at = 0; at < bytes; at += SECTOR_BYTES, sector++) {
    u32 word = mixed(mixed(mixed(mixed(seed) + worker) + operation) + sector);
    for (u32 i = 0; i < SECTOR_BYTES / 4; i++) {
      buffer[at / 4 + i] = word;
      word = word * 1664525 + 1013904223;
    }
  }
}

static void fill(int file, u32 bytes) {
  for (u32 at = 0; at < bytes; at += sizeof buffer) {
    u32 part = bytes - at < sizeof buffer ? bytes - at : sizeof buffer;
    generate(at / SECTOR_BYTES, part);
    long written = must("write", call(SYS_write, file, (long)buffer, part, 0, 0));
    if (written != part) fail("whole write", -written);
  }
}

/* ---- Files of this worker ---- */

static char folder[40];

static char *path(char *to, const char *name, long n) {
  char *end = put_text(put_text(put_text(to, folder), "/"), name);
  return n < 0 ? end : put_number(end, n);
}

static int opened(const char *name, int flags) {
  return must("open", call(SYS_openat, AT_FDCWD, (long)name, flags, 0644, 0));
}

static void closed_and_durable(int file) {
  must("fsync", call(SYS_fsync, file, 0, 0, 0, 0));
  call(SYS_close, file, 0, 0, 0, 0);
}

static void durable(const char *directory) {
  closed_and_durable(opened(directory, O_RDONLY | O_DIRECTORY));
}

static void write_file(const char *name, u32 bytes) {
  int file = opened(name, O_WRONLY | O_CREAT | O_TRUNC);
  fill(file, bytes);
  closed_and_durable(file);
}

static void announce(const char *kind, const char *name, long n, u64 bytes) {
  char line[100], *end = put_number(put_text(line, "@"), worker);
  end = put_text(put_number(put_text(end, " "), operation), " ");
  end = put_text(put_text(put_text(end, kind), " "), name);
  if (n >= 0) end = put_number(end, n);
  end = put_text(put_number(put_text(end, " "), bytes), "\n");
  say(line, end);
}

static u32 size(void) {
  u32 kind = below(16);
  if (kind == 0) return 200000 + below(500000);
  return kind < 8 ? below(6000) : below(60000);
}

static u32 files[FILES], file_bytes[FILES], appended[APPENDED], folders[FOLDERS];

static void create_or_delete(u32 slot) {
  char name[60];
  if (files[slot] == 0) {
    u32 bytes = size();
    announce("create", "n", operation, bytes);
    path(name, "n", operation);
    write_file(name, bytes);
    files[slot] = operation;
    file_bytes[slot] = bytes;
  } else if (below(3) == 0 && file_bytes[slot] > 0) {
    u32 bytes = below(file_bytes[slot]);
    announce("truncate", "n", files[slot], bytes);
    path(name, "n", files[slot]);
    int file = opened(name, O_RDWR);
    must("ftruncate", call(SYS_ftruncate, file, bytes, 0, 0, 0));
    closed_and_durable(file);
    file_bytes[slot] = bytes;
  } else {
    announce("delete", "n", files[slot], 0);
    path(name, "n", files[slot]);
    must("unlink", call(SYS_unlinkat, AT_FDCWD, (long)name, 0, 0, 0));
    durable(folder);
    files[slot] = 0;
  }
}

/* A replacement that is durable, or one that is only whole. */
static void replace(u32 slot, int to_stay) {
  char name[60], temporary[60];
  u32 bytes = below(50000);
  announce(to_stay ? "replace" : "rename", "r", slot, bytes);
  path(name, "r", slot);
  path(temporary, "t", slot);
  write_file(temporary, bytes);
  must("rename", call(SYS_renameat2, AT_FDCWD, (long)temporary, AT_FDCWD, (long)name, 0));
  if (to_stay) durable(folder);
}

static void append(u32 slot) {
  char name[60];
  u32 bytes = 1 + below(5000);
  if (appended[slot] + bytes > APPENDED_MAX) return;
  announce("append", "a", slot, bytes);
  path(name, "a", slot);
  int file = opened(name, O_WRONLY | O_CREAT | O_APPEND);
  fill(file, bytes);
  if (appended[slot] == 0) {
    closed_and_durable(file);
  } else {
    must("fdatasync", call(SYS_fdatasync, file, 0, 0, 0, 0));
    call(SYS_close, file, 0, 0, 0, 0);
  }
  appended[slot] += bytes;
}

static void overwrite(u32 block) {
  char name[60];
  announce("overwrite", "o", -1, block * BLOCK_BYTES);
  path(name, "o", -1);
  int file = opened(name, O_WRONLY);
  generate(0, BLOCK_BYTES);
  must("pwrite", call(SYS_pwrite64, file, (long)buffer, BLOCK_BYTES, block * BLOCK_BYTES, 0));
  must("fdatasync", call(SYS_fdatasync, file, 0, 0, 0, 0));
  call(SYS_close, file, 0, 0, 0, 0);
}

static void make_or_remove_folder(u32 slot) {
  char name[60], inner[60];
  if (folders[slot] == 0) {
    u32 bytes = below(10000);
    announce("folder", "d", operation, bytes);
    path(name, "d", operation);
    must("mkdir", call(SYS_mkdirat, AT_FDCWD, (long)name, 0755, 0, 0));
    put_text(path(inner, "d", operation), "/f");
    write_file(inner, bytes);
    durable(name);
    durable(folder);
    folders[slot] = operation;
  } else {
    announce("remove", "d", folders[slot], 0);
    path(name, "d", folders[slot]);
    put_text(path(inner, "d", folders[slot]), "/f");
    must("unlink", call(SYS_unlinkat, AT_FDCWD, (long)inner, 0, 0, 0));
    must("rmdir", call(SYS_unlinkat, AT_FDCWD, (long)name, AT_REMOVEDIR, 0, 0));
    durable(folder);
    folders[slot] = 0;
  }
}

static void operate(void) {
  switch (below(8)) {
    case 0:
    case 1: return create_or_delete(below(FILES));
    case 2: return replace(below(REPLACED), 1);
    case 3: return replace(below(REPLACED), 0);
    case 4:
    case 5: return append(below(APPENDED));
    case 6: return overwrite(below(OVERWRITTEN_BYTES / BLOCK_BYTES));
    default: return make_or_remove_folder(below(FOLDERS));
  }
}

static void work(u32 operations) {
  char name[60];
  state = mixed(seed) + mixed(worker);
  put_number(put_text(folder, "/mnt/w"), worker);
  must("mkdir", call(SYS_mkdirat, AT_FDCWD, (long)folder, 0755, 0, 0));
  durable("/mnt");
  operation = 1;
  announce("create", "o", -1, OVERWRITTEN_BYTES);
  path(name, "o", -1);
  write_file(name, OVERWRITTEN_BYTES);
  for (operation = 2; operation <= operations; operation++) operate();
  announce("end", "-", -1, 0);
  call(SYS_exit, 0, 0, 0, 0, 0);
}

/* What nobody promised anything about, so that there is always something that may be lost. */
static void disturb(void) {
  char name[60], other[60];
  state = mixed(seed ^ 0x5eed);
  put_text(folder, "/mnt/noise");
  must("mkdir", call(SYS_mkdirat, AT_FDCWD, (long)folder, 0755, 0, 0));
  for (;;) {
    path(name, "x", below(20));
    path(other, "x", below(20));
    int file = opened(name, O_WRONLY | O_CREAT | (below(2) ? O_TRUNC : O_APPEND));
    if (call(SYS_lseek, file, 0, 2, 0, 0) < 200000) fill(file, below(40000));
    call(SYS_close, file, 0, 0, 0, 0);
    if (below(3) == 0) call(SYS_renameat2, AT_FDCWD, (long)name, AT_FDCWD, (long)other, 0);
    if (below(4) == 0) call(SYS_unlinkat, AT_FDCWD, (long)other, 0, 0, 0);
    if (below(30) == 0) call(SYS_sync, 0, 0, 0, 0, 0);
  }
}

static long fork(void) {
  return must("fork", call(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static void mounted(const char *what, const char *where, const char *kind, const char *options) {
  must("mount", call(SYS_mount, (long)what, (long)where, (long)kind, 0, (long)options));
}

static void set(const char *name, const char *value) {
  int file = opened(name, O_WRONLY);
  must("sysctl", call(SYS_write, file, (long)value, 3, 0, 0));
  call(SYS_close, file, 0, 0, 0, 0);
}

static void run(char **environment) {
  u64 workers = 0, operations = 0;
  mounted("devtmpfs", "/dev", "devtmpfs", 0);
  mounted("proc", "/proc", "proc", 0);
  mounted("/dev/vda", "/mnt", "ext4", "commit=1");
  /* Pages are written back after a quarter of a second, not after thirty. */
  set("/proc/sys/vm/dirty_writeback_centisecs", "10\n");
  set("/proc/sys/vm/dirty_expire_centisecs", "25\n");
  for (; *environment; environment++) {
    const char *at = *environment;
    if (at[0] != 'l' || at[1] != 'o' || at[2] != 'a' || at[3] != 'd' || at[4] != '=') continue;
    at += 5;
    seed = number(&at), at++;
    workers = number(&at), at++;
    operations = number(&at);
  }
  long noise = fork();
  if (noise == 0) disturb();
  for (worker = 0; worker < workers; worker++)
    if (fork() == 0) work(operations);
  for (u64 left = workers; left > 0; left--) must("wait", call(SYS_wait4, -1, 0, 0, 0, 0));
  call(SYS_kill, noise, SIGKILL, 0, 0, 0);
  call(SYS_reboot, 0xfee1dead, 672274793, 0x4321fedc, 0, 0);
}

/* The stack holds argc, argv, 0, the environment, 0. */
__attribute__((used)) static void begin(long *stack) {
  run((char **)(stack + 1 + stack[0] + 1));
}

asm(".globl _start\n"
    "_start:\n"
    ".option push\n"
    ".option norelax\n"
    "  la gp, __global_pointer$\n"
    ".option pop\n"
    "  mv a0, sp\n"
    "  tail begin\n");
