#!/bin/sh
# Gets the front door's certificate for DOMAIN by ACME (HTTP-01), and renews it in time. nginx answers the
# authority from /challenges. The certificate and its key are written into the files of /edge, which nginx
# reads; until then nginx has those of `npm run secrets`. After a failure it tries again in an hour.
set -u
got=/etc/letsencrypt/live/edge

get() {
  certbot certonly --non-interactive --agree-tos --cert-name edge --domain "$DOMAIN" --renew-with-new-domains \
    --keep-until-expiring --webroot --webroot-path /challenges --server "$ACME_SERVER" \
    ${ACME_EMAIL:+--email "$ACME_EMAIL"} ${ACME_EMAIL:---register-unsafely-without-email}
}

# Writes into the file, since a container does not see a file that replaced it.
put() {
  cmp -s "$1" "$2" || cat "$1" >"$2"
}

while :; do
  pause=3600
  get && put "$got/fullchain.pem" /edge/edge.crt && put "$got/privkey.pem" /edge/edge.key && pause=43200
  sleep "$pause"
done
