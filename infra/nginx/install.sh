#!/bin/sh
# install.sh FOLDER: puts this configuration there and tells which files it wrote. In FOLDER/site, where
# files are a deployment's own to change, it writes only those that are missing, as the nginx that is
# installed ($NGINX, else the one on the path) understands them.
set -eu
from=$(dirname "$0")
to=$1
found=$("${NGINX:-nginx}" -v 2>&1 | sed 's/.*nginx\/\([0-9.]*\).*/\1/')
oldest=$(printf '%s\n1.27.3\n' "$found" | sort -V | head -n 1)
if [ "$oldest" = 1.27.3 ]; then version=since-1.27.3; else version=before-1.27.3; fi
mkdir -p "$to/site"
for file in "$from"/*.conf; do
  name=${file##*/}
  cmp -s "$file" "$to/$name" || { cp "$file" "$to/$name"; echo "$name"; }
done
for file in "$from"/site/*.conf "$from/$version"/*.conf; do
  name=site/${file##*/}
  [ -e "$to/$name" ] || { cp "$file" "$to/$name"; echo "$name"; }
done
