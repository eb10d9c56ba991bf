# Three images. "parley" holds every part and every command. Without an argument it runs all of Parley in
# one process; an argument names a command (account, token, …) or a service's program
# (services/chat/main.ts). "edge" is nginx with our configuration.
# "backup" is parley with the programs of a database.
#
# An image with these programs, of the server's version or later. MariaDB's has those for MySQL, too.
ARG DATABASE=postgres:18

# Packages and page are the same for every processor, so the machine that builds makes them for all.
FROM --platform=$BUILDPLATFORM node:26-bookworm-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/client/package.json packages/client/
COPY packages/contract/package.json packages/contract/
COPY packages/kit/package.json packages/kit/
COPY packages/store/package.json packages/store/
COPY packages/testkit/package.json packages/testkit/
COPY services/chat/package.json services/chat/
COPY services/broadcast/package.json services/broadcast/
COPY services/catalog/package.json services/catalog/
COPY services/hooks/package.json services/hooks/
COPY services/standalone/package.json services/standalone/
COPY broker/package.json broker/
COPY client-demo/package.json client-demo/

FROM manifests AS dependencies
RUN npm ci --omit=dev \
 # Programs read neither types nor source maps.
 && rm -r node_modules/@types \
 && find node_modules -type f \( -name "*.map" -o -name "*.ts" -o -name "*.mts" -o -name "*.cts" \) -delete

FROM manifests AS page
RUN ["npm", "ci", "--workspace=@parley/client-demo"]
COPY tsconfig.json ./
COPY packages/client packages/client
COPY packages/contract packages/contract
COPY client-demo client-demo
WORKDIR /app/client-demo
RUN ["node", "../node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"]

# Node without npm and what else builds: a server needs none of it.
FROM node:26-bookworm-slim AS runtime
RUN rm -rf /usr/local/lib/node_modules /usr/local/include /usr/local/share /opt/* \
      /var/lib/apt/lists/* /var/cache/* /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* \
 && install -d -o node -g node /data /backups \
 && ln -s /app/infra/image/parley.ts /usr/local/bin/parley

# One layer from what is left, since a deletion in a later layer does not make an image smaller.
FROM scratch AS parley
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="parley" \
      org.opencontainers.image.description="Self-hosted chat and live broadcast: chat, broadcast, broker and all in one" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=runtime / /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
    NODE_COMPILE_CACHE=/home/node/compile-cache \
    MALLOC_ARENA_MAX=1 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    HOST=0.0.0.0 \
    DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app ./
COPY packages packages
COPY services services
COPY broker broker
COPY infra/image infra/image
COPY infra/settings/programs.ts infra/settings/
COPY tools/config.ts tools/
COPY tools/doctor tools/doctor
COPY tools/secrets tools/secrets
COPY --from=page /app/client-demo/dist client-demo/dist
USER node
# Compiled once, here: at run time the file system may be read-only.
RUN ["node", "infra/image/compile.ts"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=3 CMD ["node", "infra/image/healthy.ts"]
EXPOSE 8080
ENTRYPOINT ["parley"]

FROM nginx:1.29-alpine AS edge
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="parley-edge" \
      org.opencontainers.image.description="Parley's front door: nginx with its configuration" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY infra/nginx /usr/local/share/parley-nginx
# Chooses the files that this nginx understands.
RUN ["sh", "/usr/local/share/parley-nginx/install.sh", "/etc/nginx"]
USER nginx
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5s --timeout=4s --start-period=30s --retries=3 CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["nginx"]
CMD ["-g", "daemon off;"]

FROM $DATABASE AS backup
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="parley-backup" \
      org.opencontainers.image.description="Parley's commands with the programs of a database, for backups" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=parley /usr/local/bin/node /usr/local/bin/
COPY --from=parley /usr/lib/*-linux-gnu/libatomic.so.1* /app/lib/
COPY --from=parley /app /app
RUN ln -s /app/infra/image/parley.ts /usr/local/bin/parley && install -d -o 1000 -g 1000 /backups
# TMPDIR is for --check, which needs space for a whole store.
ENV NODE_ENV=production LD_LIBRARY_PATH=/app/lib BACKUP_DIR=/backups TMPDIR=/backups
WORKDIR /app
USER 1000:1000
ENTRYPOINT ["parley"]
CMD ["backup", "--every", "24", "--keep", "14"]
