#!/bin/sh
# First process of the benchmark's guests: reads command lines from the console, runs each, and says "@E status" after it.
# Nothing is echoed, so the console shows only what programs say.

export PATH=/bin
stty -echo
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs -o size=200m tmp /tmp
ifconfig lo 127.0.0.1 up
# A kernel whose drivers are modules brings them along, in the order of their names.
for module in /modules/*.ko; do
  [ -e "$module" ] && insmod "$module"
done
echo "@E 0"
while read -r line; do
  eval "$line"
  echo "@E $?"
done
