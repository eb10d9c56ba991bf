#!/bin/sh
# install.sh FOLDER: puts this configuration there, with the files for the nginx that is installed
# ($NGINX, else the one on the path). Deployments then change FOLDER/site alone.
set -eu
from=$(dirname "$0")
to=$1
found=$("${NGINX:-nginx}" -v 2>&1 | sed 's/.*nginx\/\([0-9.]*\).*/\1/')
oldest=$(printf '%s\n1.27.3\n' "$found" | sort -V | head -n 1)
if [ "$oldest" = 1.27.3 ]; then version=since-1.27.3; else version=before-1.27.3; fi
mkdir -p "$to/site" "$to/version"
cp "$from"/*.conf "$to/"
cp "$from"/site/*.conf "$to/site/"
cp "$from/$version"/*.conf "$to/version/"
echo "nginx $found: $version"
