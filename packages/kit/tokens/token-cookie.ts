/** The cookie in which a browser shows its token. */
export const TOKEN_COOKIE = 'parley-token';

/** A cookie's value in a Cookie header (RFC 6265 section 4.2.1); ours need no decoding. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined || !header.includes(name)) return undefined;
  const pair = header.split(';').find((one) => one.trimStart().startsWith(`${name}=`));
  return pair?.slice(pair.indexOf('=') + 1).trim() || undefined;
}
