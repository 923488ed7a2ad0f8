#!/usr/bin/env bash
# What is done in the guest, as root: the kernel's devices are made, a collector and an agent run, and what arrived is looked at.
set -u
programs=/programs
since() { cut -d' ' -f1 /proc/uptime; }
tell() { echo "[$(since)] $*"; }
# until SECONDS COMMAND: asks again and again
until_true() {
  local last=$(($(date +%s) + $1))
  while [ "$(date +%s)" -lt "$last" ]; do
    eval "$2" && return 0
    sleep 0.5
  done
  tell "waited $1 s for: $2"
  return 1
}
ip link set lo up 2>/dev/null || busybox ifconfig lo 127.0.0.1 up
tell "the guest is up, kernel $(uname -r)"

# Bluetooth: two virtual controllers that hear each other, and BlueZ.
modprobe -a hci_vhci cmac ecb ecdh_generic algif_skcipher algif_hash
mkdir -p /run/dbus
dbus-uuidgen --ensure
dbus-daemon --system --fork
rm -rf /var/lib/bluetooth/*
controllers() { hciconfig 2>/dev/null | grep 'BD Address' | grep -vc '00:00:00:00:00:00'; }
# Now and then a virtual controller loses its first command: then all of it is begun anew.
for try in 1 2 3 4; do
  btvirt -L -l2 >/tmp/btvirt.log 2>&1 &
  virtual=$!
  until_true 6 '[ "$(controllers)" = 2 ]' && break
  kill $virtual
  wait $virtual 2>/dev/null
done
tell "$(controllers) of 2 controllers, at try $try"
for daemon in /usr/libexec/bluetooth/bluetoothd /usr/lib/bluetooth/bluetoothd; do
  [ -x $daemon ] && { $daemon -n >/tmp/bluetoothd.log 2>&1 & break; }
done
objects() {
  dbus-send --system --print-reply --dest=org.bluez / org.freedesktop.DBus.ObjectManager.GetManagedObjects 2>/dev/null
}
until_true 60 '[ "$(objects | grep -c org.bluez.GattManager1)" = 2 ]' && tell "BlueZ is up"
# strap hciN: a strap on one of them, and on no other. A virtual controller that advertises does not hear the other one.
strap() {
  [ -n "${worn:-}" ] && kill "$worn" && wait "$worn" 2>/dev/null
  python3 -u /job/strap.py "$1" >"/tmp/strap.$1.log" 2>&1 &
  worn=$!
  until_true 60 "grep -q advertises /tmp/strap.$1.log" && tell "a strap on $1"
}

# The camera: vivid's webcam, which shows a test picture. The microphone: the far end of a loop that a voice is played into.
modprobe vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0 || tell "no vivid in this kernel"
modprobe snd-aloop index=0 pcm_substreams=1 || tell "no snd-aloop in this kernel"
# An accelerometer: iio_dummy, where the kernel has it.
if modprobe iio_dummy 2>/dev/null && mount -t configfs config /sys/kernel/config 2>/dev/null &&
  mkdir -p /sys/kernel/config/iio/devices/dummy/one; then
  tell "iio_dummy: $(cat /sys/bus/iio/devices/*/name)"
else
  tell "no iio_dummy in this kernel: the accelerometer is left out"
fi
# One endless stream: were it opened anew, the other side could have taken another rate meanwhile.
(while :; do tail -c +45 /job/voice.wav; done) | aplay -q -t raw -f S16_LE -r 48000 -c 2 -D hw:Loopback,0,0 >/tmp/aplay.log 2>&1 &
cat >/etc/asound.conf <<'ALSA'
pcm.!default {
  type asym
  playback.pcm "plughw:Loopback,0,0"
  capture.pcm { type plug slave { pcm "hw:Loopback,1,0" rate 48000 format S16_LE channels 2 } }
}
ctl.!default { type hw card Loopback }
ALSA

mkdir -p /tmp/agent
cat >/tmp/agent.toml <<'CONFIG'
profile = "research"
state = "/tmp/agent/state"
[camera]
device = "0"
# Emulated, everything takes many times as long: what is looked at here is the devices.
fps = 4.0
[uplink]
every = 2.0
[footprint]
share = 200.0
CONFIG
agent() { "$programs/attune-agent" --config /tmp/agent.toml "$@"; }
"$programs/attune-collector" --state /tmp/collector serve --profile research >/tmp/collector.log 2>&1 &
until_true 120 'python3 /job/seen.py ready' && tell "the collector is up"
code=$("$programs/attune-collector" --state /tmp/collector enrol --user person 2>/dev/null)
agent enrol --broker mqtt://127.0.0.1:8751 --code "$code" && agent consent grant --modality all || tell "not enrolled"
agent devices
# Which of them the agent takes is the system's affair: the strap is on the other one.
for controller in hci1 hci0; do
  strap $controller
  agent pair 'Attune strap' --seconds 15 && break
done
agent run >/tmp/agent.log 2>&1 &
running=$!
tell "the agent runs"
until_true 300 'python3 /job/seen.py all'
seen=$?
python3 /job/seen.py show
agent status
kill -TERM $running
wait $running
tell "the agent ended with $?"
if [ $seen = 0 ]; then
  echo 'ALL SEEN'
else
  tail -n 60 /tmp/agent.log
  tail -n 5 /tmp/strap.*.log /tmp/bluetoothd.log /tmp/aplay.log /tmp/collector.log
fi
