/** The nodes of a NATS cluster, and the user and password to connect with. */
export interface NatsAddresses {
  servers: string[];
  tls: boolean;
  user?: string;
  pass?: string;
}

/**
 * Reads `nats://user:password@host:port`, several with commas; the user comes from the first.
 * @throws Error
 */
export function parseNatsAddresses(text: string): NatsAddresses {
  const urls = text.split(',').map((one) => parseUrl(one.trim()));
  const [first] = urls;
  return {
    servers: urls.map(({ host }) => host),
    tls: urls.some(({ protocol }) => protocol === 'tls:'),
    ...(first?.username && {
      user: decodeURIComponent(first.username),
      pass: decodeURIComponent(first.password),
    }),
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ['nats:', 'tls:'].includes(url.protocol) && url.host !== '') return url;
  throw new Error('must be addresses that start with nats:// or tls://, with commas between');
}
