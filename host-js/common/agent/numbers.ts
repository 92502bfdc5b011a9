/*
 * Names of Linux's numbers for errors and signals, as riscv64 has them [linux include/uapi/asm-generic/errno*.h, signal.h].
 */

/** By number; empty where there is none. */
const ERRNOS = `
 EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR
 EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP`
  .trim()
  .split(/\s+/);
/** Those that programs and files can meet among the higher ones. */
const HIGHER_ERRNOS: Readonly<Record<number, string>> = {
  61: "ENODATA",
  71: "EPROTO",
  75: "EOVERFLOW",
  95: "EOPNOTSUPP",
  110: "ETIMEDOUT",
  116: "ESTALE",
  117: "EUCLEAN",
  122: "EDQUOT",
};

export function errnoName(errno: number): string {
  return ERRNOS[errno - 1] ?? HIGHER_ERRNOS[errno] ?? `E${errno}`;
}

const SIGNALS = `
 SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM SIGSTKFLT SIGCHLD SIGCONT
 SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO SIGPWR SIGSYS`
  .trim()
  .split(/\s+/);
const SIGNAL_MAX = 64;

export function signalName(number: number): string {
  return SIGNALS[number - 1] ?? `SIG${number}`;
}

/** The number of a signal by its name, or of a number that is one; undefined for anything else. */
export function signalNumber(signal: string | number): number | undefined {
  const number = typeof signal === "number" ? signal : SIGNALS.indexOf(signal) + 1;
  return Number.isInteger(number) && number >= 1 && number <= SIGNAL_MAX ? number : undefined;
}
