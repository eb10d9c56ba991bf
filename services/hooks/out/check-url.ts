/**
 * Checks the address of a receiver as text: what it leads to is checked with each connection. Returns
 * what is wrong with it, or undefined.
 */
export function checkUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return 'url must be an http or https address';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return 'url must begin with https:// or http://';
  if (url.username !== '' || url.password !== '') return 'url must hold no user and no password';
  if (url.hostname === '') return 'url must name a host';
  return undefined;
}
