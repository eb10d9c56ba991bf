/** The host of an address as a socket takes it: an IPv6 address stands in brackets in a URL alone. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}
