#!/bin/sh
# install.sh FOLDER: copies this configuration to FOLDER and prints the names of changed files. In
# FOLDER/site, whose files a deployment can change, it writes missing files only. It chooses the files
# for the installed version of nginx ($NGINX, else the nginx on the path).
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
