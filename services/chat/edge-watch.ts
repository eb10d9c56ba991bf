import type { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { exportExpiry } from '@parley/kit/certificate-expiry.ts';
import { hostOf } from '@parley/kit/http/host-of.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';

const PERIOD_MS = 30_000;
const CONNECT_LIMIT_MS = 5_000;
const HTTPS_PORT = 443;

/**
 * Connects to the front door by TLS every 30 s. Exports whether the connection succeeds, and until
 * when the certificate of the front door is valid. The certificate's file is not enough: a proxy
 * may still use an old certificate.
 */
export class EdgeWatch implements Disposable {
  readonly #url: URL;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #timer: NodeJS.Timeout;
  #up: boolean | undefined;

  constructor(url: string, { log, metrics }: { log: Log; metrics: Metrics }) {
    this.#url = new URL(url);
    this.#log = log;
    this.#metrics = metrics;
    void this.#probe();
    this.#timer = setInterval(() => void this.#probe(), PERIOD_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #probe(): Promise<void> {
    try {
      const certificate = await shownCertificate(this.#url);
      exportExpiry(this.#metrics, { name: 'edge', certificate });
      this.#record(true);
    } catch (error) {
      this.#record(false, (error as Error).message);
    }
  }

  #record(up: boolean, cause?: string): void {
    const state = this.#metrics.gauge({
      name: 'parley_edge_up',
      help: '1 while the front door accepts TLS connections.',
    });
    state.set(up ? 1 : 0);
    if (!up && this.#up !== false)
      this.#log.warn({ cause }, 'the front door accepts no TLS connection');
    this.#up = up;
  }
}

/** The certificate of a server, by any authority: clients from outside judge who signed it. */
async function shownCertificate(url: URL): Promise<X509Certificate> {
  const host = hostOf(url);
  const socket = connect({
    host,
    port: Number(url.port) || HTTPS_PORT,
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: false,
  });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(CONNECT_LIMIT_MS) });
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) throw new Error('the front door has no certificate');
    return certificate;
  } finally {
    socket.destroy();
  }
}
