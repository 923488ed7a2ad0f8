#!/usr/bin/env bash
# Drives the kernel's own devices in a virtual machine: README.md says which, and what is expected of them.
#
#   tests/virtual-hardware/run.sh      as root, on Debian or a relative; the programs must be built (cargo build --workspace)
#
# The guest boots Debian's stock kernel with this machine's own root folder, read-only, below it: whatever the guest writes goes
# to its memory and is gone with it. It is emulated (TCG), which works everywhere and takes minutes; ACCELERATION=kvm where that works.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly here=tests/virtual-hardware
readonly programs="${CARGO_TARGET_DIR:-$PWD/target}/debug"
readonly patience="${PATIENCE:-900}" # seconds that the guest may take
SECONDS=0

say() { printf 'virtual hardware, %4s s: %s\n' "$SECONDS" "$*" >&2; }
fail() { say "$@"; exit 1; }

[ "$(uname -m)" = x86_64 ] || fail "the guest's kernel is that of x86_64, and this machine is $(uname -m)"
[ "$(id -u)" -eq 0 ] || fail "root is needed to install packages and to give the guest this machine's files"
for program in attune-agent attune-collector; do
  [ -x "$programs/$program" ] || fail "$programs/$program is not there: cargo build --workspace"
done

work=$(mktemp -d "${TMPDIR:-/tmp}/attune-vm.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/share" "$work/initrd" "$work/kernel"

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
kernel=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image-/ {print $2; exit}')
version=${kernel#linux-image-}
apt-get install -y -qq --no-install-recommends qemu-system-x86 busybox-static cpio kmod dbus bluez bluez-test-tools \
  python3-dbus python3-gi alsa-utils ffmpeg </dev/null >"$work/apt.log" 2>&1 || { cat "$work/apt.log" >&2; exit 1; }
(cd "$work" && chmod 755 . && apt-get -o APT::Sandbox::User=root download -qq "$kernel" && dpkg -x "$kernel"_*.deb kernel)
depmod -b "$work/kernel" "$version"
say "kernel $version"

# What the guest is given: the job, and what it plays to the microphone.
cp "$here/guest.sh" "$here/strap.py" "$here/seen.py" "$work/share/"
ffmpeg -nostdin -loglevel error -i tests/recording/voice.ogg -ar 48000 -ac 2 "$work/share/voice.wav"

# An initial system that mounts the machine's root, with a layer of memory over it, and goes on there.
cd "$work"
mkdir -p initrd/{bin,proc,sys,dev,lower,layer,root,modules}
cp "$(command -v busybox)" initrd/bin/busybox
for module in virtio_pci 9pnet_virtio 9p overlay; do
  modprobe -d "$work/kernel" -S "$version" --show-depends "$module" | awk '$1 == "insmod" {print $2}'
done | awk '!seen[$0]++' | while read -r file; do
  cp "$file" initrd/modules/
  basename "$file" >>initrd/modules/order
done
cat >initrd/init <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
shared=trans=virtio,version=9p2000.L,msize=512000
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
while read -r module; do $b insmod /modules/$module; done </modules/order
$b mount -t 9p -o $shared,ro,cache=loose host /lower
$b mount -t tmpfs layer /layer
$b mkdir /layer/upper /layer/work
$b mount -t overlay root -o lowerdir=/lower,upperdir=/layer/upper,workdir=/layer/work /root
for folder in proc sys dev; do $b mount --move /$folder /root/$folder; done
$b mkdir -p /root/lib/modules /root/job /root/programs
$b mount -t 9p -o $shared,ro,cache=loose modules /root/lib/modules
$b mount -t 9p -o $shared,rw job /root/job
$b mount -t 9p -o $shared,ro,cache=loose programs /root/programs
for folder in run tmp; do $b mount -t tmpfs $folder /root/$folder; done
$b mkdir -p /root/dev/pts /root/dev/shm
$b mount -t devpts pts /root/dev/pts
$b mount -t tmpfs shm /root/dev/shm
exec $b switch_root /root /bin/bash /job/first.sh
INIT
chmod +x initrd/init
(cd initrd && find . | cpio -o -H newc --quiet) | gzip -1 >initrd.gz
cat >share/first.sh <<'FIRST'
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
cd /job
bash /job/guest.sh 2>&1
echo o >/proc/sysrq-trigger
while :; do :; done
FIRST

readonly acceleration="${ACCELERATION:-tcg}"
say "the guest boots ($acceleration)"
share() { printf 'local,id=%s,path=%s,security_model=none%s' "$1" "$2" "$3"; }
timeout "$patience" qemu-system-x86_64 -M "q35,accel=$acceleration" -cpu max -m 2048 -smp 2 -nodefaults -no-user-config \
  -display none -serial stdio -no-reboot -kernel "kernel/boot/vmlinuz-$version" -initrd initrd.gz \
  -append 'console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on' \
  -fsdev "$(share root / ,readonly=on,multidevs=remap)" -device virtio-9p-pci,fsdev=root,mount_tag=host \
  -fsdev "$(share mods "$work/kernel/lib/modules" ,readonly=on)" -device virtio-9p-pci,fsdev=mods,mount_tag=modules \
  -fsdev "$(share built "$programs" ,readonly=on)" -device virtio-9p-pci,fsdev=built,mount_tag=programs \
  -fsdev "$(share jobs "$work/share" '')" -device virtio-9p-pci,fsdev=jobs,mount_tag=job \
  </dev/null 2>&1 | stdbuf -oL tr -d '\r' | tee serial.log || true
grep -q '^ALL SEEN$' serial.log || fail "not all of it was seen; the log of the agent stands above"
say "all of it was seen"
