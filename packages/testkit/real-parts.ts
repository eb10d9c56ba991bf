import { existsSync } from 'node:fs';

const PARTS = {
  chromium: '/usr/bin/chromium',
  curl: '/usr/bin/curl',
  mosquitto: '/usr/sbin/mosquitto',
  nats: '/usr/sbin/nats-server',
  postgresql: '/usr/lib/postgresql',
  pgbouncer: '/usr/sbin/pgbouncer',
  mariadb: '/usr/sbin/mariadbd',
  nginx: process.env.NGINX || '/usr/sbin/nginx',
  rabbitmq: '/usr/lib/rabbitmq/bin/rabbitmq-server',
  promtool: '/usr/bin/promtool',
  prometheus: '/usr/bin/prometheus',
  iproute2: '/usr/sbin/ip',
  alertmanager: '/usr/bin/prometheus-alertmanager',
  amtool: '/usr/bin/amtool',
} as const;

/**
 * The options of a test that needs a real program: skipped with a message if the program is not
 * installed. With REQUIRE_ALL=1, as in CI, a missing program is a failure instead.
 */
export function needs(part: keyof typeof PARTS): { skip: string | false } {
  return needsPart(part, isInstalled(part));
}

/** Like `needs`, for a part whose test looks for it itself. */
export function needsPart(part: string, found: boolean): { skip: string | false } {
  const missing = found ? false : (`${part} is not installed` as const);
  if (missing && process.env.REQUIRE_ALL === '1') throw new Error(`REQUIRE_ALL=1, but ${missing}`);
  return { skip: missing };
}

/** True when this program is installed. */
export function isInstalled(part: keyof typeof PARTS): boolean {
  return existsSync(PARTS[part]);
}

export const {
  alertmanager: ALERTMANAGER,
  amtool: AMTOOL,
  chromium: CHROMIUM,
  curl: CURL,
  mariadb: MARIADB,
  mosquitto: MOSQUITTO,
  nats: NATS,
  nginx: NGINX,
  pgbouncer: PGBOUNCER,
  postgresql: POSTGRES_ROOT,
  promtool: PROMTOOL,
  prometheus: PROMETHEUS_PROGRAM,
  rabbitmq: RABBITMQ,
} = PARTS;
