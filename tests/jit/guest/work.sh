#!/bin/sh
# First process of the guest in programs.long.test.ts: the benchmark's programs with little to do each, some of busybox, and the end.

export PATH=/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs -o size=64m tmp /tmp
cd /tmp || exit

for group in int fp code sys mem; do
  rvb -s "$SCALE" $group && echo "group $group"
done

rvb mkfile 1000000 text
gzip -k text && gunzip -c text.gz | cmp - text && echo "gzip returns what it got"
bzip2 -k text && bunzip2 -c text.bz2 | cmp - text && echo "bzip2 returns what it got"
echo "sha256 $(sha256sum < text)"
echo "md5 $(md5sum < text.gz)"
head -n 3000 text | sort > sorted
sort -c sorted && echo "sorted $(md5sum < sorted)"
head -n 2000 text | awk '{ for (i = 1; i <= NF; i++) c[$i]++ } END { for (w in c) n += c[w]; printf "words %d, %.6f\n", n, n / 7 }'
echo "lines $(sed 's/a\([b-z]*\) /<\1>/g' sorted | tr a-z A-Z | grep -c '<[A-M]*>')"
echo "power $(echo '2 ^ 2000 % 1000000007' | bc)"
i=0
while [ $i -lt 3000 ]; do i=$((i + 1)); done
echo "counted to $i"
n=0
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do n=$((n + $(/bin/echo $i))); done
echo "processes sum to $n"
echo "work done"
poweroff -f
