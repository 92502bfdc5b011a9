/*
 * The text of --help, and of the help on Ctrl-A. README.md says the same at more length.
 */

export const HELP = `colinux: Cooperative Linux for JavaScript hosts

Usage: colinux [option ...] [word ...]
       colinux run [option ...] [word ...] -- COMMAND [ARGUMENT ...]
       colinux create debian FILE [--size 4G] [--include PACKAGE,...]
                                  [--suite trixie]
       colinux commit OVERLAY [BASE]
       colinux discard OVERLAY
       colinux sources FOLDER [NAME ...]

The second runs one program in a guest and ends with its exit code, see
colinux run --help. The third makes a disk image with Debian, to be started with
cobd0=FILE root=/dev/cobd0 mem=512. The fourth writes what an overlay holds into
its disk image and removes the overlay, the next just removes it. The last
fetches the sources of the Linux that comes with colinux. Without words, Linux
starts with the small system that comes with colinux.

Words, those of the original Cooperative Linux; the last of a kind wins:
  kernel=FILE       Linux for riscv64: Image (raw, gzip, zstd) or ELF
  initrd=FILE       initial RAM filesystem: cpio (raw, gzip, zstd)
  kernel=:cobd0     kernel and initrd from inside that disk (ext4), its root;
                    initrd=:cobd0 takes the initrd alone
  mem=SIZE          memory in MiB, or as in 512M, 1G; 16 to 3584 MiB (256)
  cobdN=FILE        disk image, N from 0 to 31; FILE,ro opens it read-only
  cobdN=BASE,overlay=FILE
                    what is written goes into FILE, made when missing; the
                    disk image BASE is only read and may be shared
  hda1=FILE         the same for the first free N, under the name /dev/hda1
  hda1=:cobd0       another name for cobd0
  root=DEVICE       root filesystem, as in root=/dev/cobd0
  cocon=COLSxROWS   size of the console, default that of the terminal
  @FILE             read words from FILE (# comments, quotes)
  any other word    goes to the kernel's command line

Options:
  --overlay FILE    the overlay of the one disk that can be written
  --snapshot        what is written to any disk is thrown away in the end
  --no-reboot       a guest that reboots ends the program
  --no-jit          interpret everything, compile nothing
  --stats           at the end, say on stderr what the machine did
  --profile FILE    write where the guest spent its time (speedscope's JSON)
  --bare FILE       start an ELF or raw image in M-mode on the naked board
  --signature FILE  with --bare: write the program's signature when it ended
  --max-insns N     with --bare: stop after N instructions
  --help            this text
  --version         the version

Keys: Ctrl-A x leaves, Ctrl-A r restarts, Ctrl-A h helps, Ctrl-A a sends Ctrl-A.

Exit codes:
  0  powered off, halted, or left by Ctrl-A x
  1  the input ended and the guest was still running 10 s later
  2  something in the command line cannot be done
  3  kernel panic
  4  rebooted under --no-reboot
  70 a fault in colinux itself
  124  a bare program used up its --max-insns; else --bare ends with the
       program's own exit code
  128+N  ended by signal N
`;

/** Shown in a raw terminal, hence the carriage returns. */
export const KEYS_HELP =
  "\r\nCtrl-A x  leave: the guest is stopped at once\r\nCtrl-A r  restart: the guest shuts down in order first\r\nCtrl-A a  send Ctrl-A to the guest\r\nCtrl-A h  this help\r\n";

/** The text of `run --help`. */
export const RUN_HELP = `colinux run: one program in a Linux of its own

Usage: colinux run [option ...] [word ...] -- COMMAND [ARGUMENT ...]

Boots, runs COMMAND as if it ran here (input, output, signals, window), powers
off, and ends with its exit code. Words as for colinux; the small system that
comes with colinux when there are none.

Options:
  --env NAME=VALUE  a variable of the command; may be given more than once
  --cwd FOLDER      where it starts, in the guest; default the user's home
  --user NAME       who runs it; default root
  --verbose         show the boot, on stderr
  --overlay FILE, --snapshot, --no-jit
                    as for colinux

Exit codes:
  0-255  that of COMMAND; 128+N when signal N ended it
  125    colinux failed, or the guest stopped first
  126    COMMAND cannot be executed
  127    COMMAND is not there
`;
