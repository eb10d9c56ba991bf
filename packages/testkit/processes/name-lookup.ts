import dns from 'node:dns';

/**
 * Makes this process resolve a name to these addresses, as DNS would: all of them, in rotating
 * order. Other names are looked up as usual.
 */
export function nameLeadsTo(name: string, addresses: readonly string[]): void {
  const lookup = dns.lookup;
  let asked = 0;
  const answer = (host: string, options: dns.LookupOptions, done: LookupEnd) => {
    if (host !== name) return lookup(host, options as dns.LookupAllOptions, done);
    const first = asked++ % addresses.length;
    const found = [...addresses.slice(first), ...addresses.slice(0, first)];
    const answers = found.map((address) => ({ address, family: 4 }));
    if (options.all) done(null, answers);
    else done(null, answers[0]?.address ?? '', 4);
  };
  // Node's connections call `dns.lookup` by this name.
  dns.lookup = answer as typeof dns.lookup;
}

type LookupEnd = (
  error: NodeJS.ErrnoException | null,
  found: string | dns.LookupAddress[],
  family?: number,
) => void;
