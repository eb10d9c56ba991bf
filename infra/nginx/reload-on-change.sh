#!/bin/sh
# reload-on-change.sh FILE …: runs nginx as this process, and reloads it within some seconds after one of
# the files has changed. With a certificate and a key that do not fit, nginx keeps those that it has.
set -eu
content() { cat "$@" | cksum; }
(
  loaded=$(content "$@")
  while sleep 5; do
    now=$(content "$@")
    [ "$now" = "$loaded" ] || kill -HUP $$
    loaded=$now
  done
) &
exec nginx -g 'daemon off;'
