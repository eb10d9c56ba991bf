/** The cookie in which a browser shows its token. */
export const TOKEN_COOKIE = 'parley-token';

/**
 * A cookie's name over TLS. With the prefix, a browser accepts the cookie only from this exact
 * host, so that a neighbouring host cannot plant one (RFC 6265bis section 4.1.3.2).
 */
export function hostCookie(name: string): string {
  return `__Host-${name}`;
}

/**
 * The value of one of our cookies in a Cookie header (RFC 6265 section 4.2.1). The name used over
 * TLS comes first. Our values need no decoding.
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined || !header.includes(name)) return undefined;
  return readNamed(header, hostCookie(name)) ?? readNamed(header, name);
}

/** The value of the cookie with exactly that name. */
export function readNamed(header: string, name: string): string | undefined {
  const pair = header.split(';').find((one) => one.trimStart().startsWith(`${name}=`));
  return pair?.slice(pair.indexOf('=') + 1).trim() || undefined;
}
