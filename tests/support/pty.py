"""
Runs a command in a new pseudo terminal, for tests: python3 pty.py COLUMNS ROWS PROGRAM ARG ...

Reads orders from stdin, one JSON object a line: {"type": "keys"}, {"resize": [columns, rows]}, {"signal": number},
{"mode": true}, {"close": true} (the window: after it only the exit code is told). Writes one JSON object a line: {"output": "text"} as it comes, {"mode": {...}} when asked, and at the end
{"exit": code, "restored": whether the terminal's settings are as they were before}.
"""

import codecs
import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import termios

master, slave = os.openpty()
decoder = codecs.getincrementaldecoder("utf8")("replace")


def set_size(columns, rows):
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def tell(**message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def pass_output(wait):
    while select.select([master], [], [], wait)[0]:
        tell(output=decoder.decode(os.read(master, 65536)))
        wait = 0


def obey(order, child):
    if "type" in order:
        os.write(master, order["type"].encode())
    if "resize" in order:
        set_size(*order["resize"])
    if "signal" in order:
        os.kill(child.pid, order["signal"])
    if "close" in order:
        os.close(slave)
        os.close(master)
        tell(exit=child.wait(), restored=False)
        sys.exit()
    if "mode" in order:
        local = termios.tcgetattr(slave)[3]
        tell(mode={"echo": bool(local & termios.ECHO), "canonical": bool(local & termios.ICANON)})


def main():
    columns, rows, *command = sys.argv[1:]
    set_size(int(columns), int(rows))
    before = termios.tcgetattr(slave)
    own = lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, preexec_fn=own)
    orders = b""
    watched = [0]
    while child.poll() is None:
        pass_output(0.02)
        if watched and select.select(watched, [], [], 0)[0]:
            data = os.read(0, 65536)
            if not data:
                watched = []
            *lines, orders = (orders + data).split(b"\n")
            for line in lines:
                obey(json.loads(line), child)
    pass_output(0.1)
    tell(exit=child.returncode, restored=termios.tcgetattr(slave) == before)


main()
