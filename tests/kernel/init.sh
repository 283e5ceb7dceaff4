#!/bin/busybox sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# First process of the lab's virtual machine: makes the host's / its own, runs /command there.
/bin/busybox mkdir -p /proc /sys /dev /lower /upper /root
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev

for module in $(cat /modules/order); do
    insmod /modules/$module || echo "lab: insmod $module failed" >/dev/console
done

# the ports come by name, the order of their devices is not fixed
port() {
    for entry in /sys/class/virtio-ports/*; do
        [ "$(cat $entry/name)" = $1 ] && echo /dev/${entry##*/} && return
    done
}
while [ -z "$(port control)" ]; do sleep 0.05; done
say() { echo "$1" >&3; }
exec 3>$(port control)
fail() {
    say "failed $1"
    sleep 60
}

options=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o $options,ro,cache=loose host /lower || fail "the host's / cannot be mounted"
mount -t tmpfs tmpfs /upper
mkdir /upper/new /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/new,workdir=/upper/work overlay /root ||
    fail "no overlay over the host's /"
for folder in proc sys dev run lab; do mkdir -p /root/$folder; done
mount -t proc proc /root/proc
mount -t sysfs sys /root/sys
mount -t devtmpfs dev /root/dev
mkdir -p /root/dev/pts /root/dev/shm
mount -t devpts devpts /root/dev/pts
mount -t tmpfs tmpfs /root/dev/shm
mount -t tmpfs tmpfs /root/run
mount -t debugfs debugfs /root/sys/kernel/debug
mount -t 9p -o $options,rw lab /root/lab || fail "the folder for results cannot be mounted"
[ -e /root/dev/fd ] || ln -s /proc/self/fd /root/dev/fd
ifconfig lo up
hostname cihost-lab

# for a command that loads the module itself: not every machine has kmod
mkdir -p /root/run/lab
cp /bin/busybox /command /root/run/lab
for name in insmod rmmod lsmod; do ln -s busybox /root/run/lab/$name; done

if [ -f /module-parameters ]; then
    insmod /modules/cihost_lab.ko $(cat /module-parameters) || fail "cihost_lab.ko does not load: $(dmesg | tail -n 3)"
fi
say ready

if [ -f /interactive ]; then
    setsid -c chroot /root /bin/sh /run/lab/command </dev/hvc0 >/dev/hvc0 2>&1
    status=$?
else
    # Pipes, not the ports themselves: a port can be opened once only.
    mkfifo /out /err
    cat /out >$(port stdout) &
    copy_out=$!
    cat /err >$(port stderr) &
    copy_err=$!
    chroot /root /bin/sh /run/lab/command </dev/null >/out 2>/err 3>&-
    status=$?
    # what the command left behind holds the pipes: it ends with the command
    tries=0
    while kill -0 $copy_out 2>/dev/null || kill -0 $copy_err 2>/dev/null; do
        tries=$((tries + 1))
        if [ $tries = 5 ]; then
            for process in /proc/[0-9]*; do
                [ "$(readlink $process/root)" = /root ] && kill -9 ${process##*/}
            done
        fi
        [ $tries -gt 50 ] && break
        sleep 0.02
    done
fi
dmesg >/root/lab/dmesg
say "exit $status"
sleep 60
