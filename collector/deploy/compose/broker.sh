#!/bin/sh
# Runs mosquitto and has it follow who may do what, as a collector writes it (broker.acl):
#
#   broker.sh /etc/attune/mosquitto.conf /var/lib/attune/broker /run/attune
#
# What is written in the second folder is copied into the third, which is mosquitto's own, and mosquitto reads it anew (SIGHUP). It then
# cuts off who is not let in any more. Until a collector has written something nobody is let in.
set -eu
umask 077
conf=$1 from=$2 to=$3

# Whether a file was another.
take() {
  changed=1
  for file in attune.passwords attune.acl; do
    [ -r "$from/$file" ] || continue
    cmp -s "$from/$file" "$to/$file" && continue
    cp "$from/$file" "$to/$file.partial" && mv "$to/$file.partial" "$to/$file" && changed=0
  done
  return $changed
}

for file in attune.passwords attune.acl; do : >"$to/$file"; done
take || :

mosquitto=$(command -v mosquitto || echo /usr/sbin/mosquitto)
"$mosquitto" -c "$conf" &
broker=$!
trap 'kill -TERM "$broker" 2>/dev/null || :' TERM INT
# Also for certificates that were exchanged.
trap 'kill -HUP "$broker" 2>/dev/null || :' HUP
while kill -0 "$broker" 2>/dev/null; do
  # In the background, so that signals are passed on at once.
  sleep 1 &
  wait $! || :
  if take; then kill -HUP "$broker" 2>/dev/null || :; fi
done
wait "$broker"
