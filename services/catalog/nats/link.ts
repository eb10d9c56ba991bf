import { connect, type NatsConnection } from '@nats-io/transport-node';
import { parseNatsAddresses } from '@parley/catalog/nats/nats-addresses.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { readText } from '@parley/kit/settings/settings.ts';
import type { NatsConfig } from '../settings.ts';

const RECONNECT_MS = 500;
const PING_MS = 10_000;
/** Unanswered pings after which a connection is closed. */
const PINGS_MAX = 2;

/**
 * The link to NATS. It connects in the background, and again whenever it breaks or is refused,
 * without end.
 */
export class NatsLink implements AsyncDisposable {
  /** Resolves when the link is up for the first time. */
  readonly opened: Promise<NatsConnection>;
  #connection: NatsConnection | undefined;
  #up = false;

  /** @throws SettingsError when the file with the certificate authority cannot be read */
  constructor(
    { natsUrl, natsCaFile }: NatsConfig,
    {
      log,
      name,
      onLink = () => undefined,
    }: { log: Log; name: string; onLink?: (up: boolean) => void },
  ) {
    const { tls, ...who } = parseNatsAddresses(natsUrl);
    const ca = natsCaFile === '' ? {} : { ca: readText('NATS_CA_FILE', natsCaFile) };
    const notify = (up: boolean) => {
      this.#up = up;
      onLink(up);
    };
    this.opened = connect({
      ...who,
      ...(tls && { tls: ca }),
      name,
      maxReconnectAttempts: -1,
      waitOnFirstConnect: true,
      ignoreAuthErrorAbort: true,
      reconnectTimeWait: RECONNECT_MS,
      pingInterval: PING_MS,
      maxPingOut: PINGS_MAX,
    }).then((connection) => {
      this.#connection = connection;
      notify(true);
      void this.#watch(connection, log, notify);
      return connection;
    });
    this.opened.catch((error) => log.error({ err: error }, 'NATS: cannot connect'));
  }

  /** Resolves when NATS answers. */
  async check(): Promise<void> {
    if (!this.#up || !this.#connection) throw new Error('NATS is not connected');
    await this.#connection.rtt();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#connection) return;
    if (this.#up) await this.#connection.flush().catch(() => undefined);
    await this.#connection.close();
  }

  async #watch(connection: NatsConnection, log: Log, notify: (up: boolean) => void): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type !== 'disconnect' && type !== 'reconnect') continue;
      notify(type === 'reconnect');
      log.warn(type === 'reconnect' ? 'NATS is connected again' : 'NATS is disconnected');
    }
  }
}
