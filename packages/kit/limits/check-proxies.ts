import { isIP } from 'node:net';

/** The format of TRUSTED_PROXIES. @throws Error that says what it must be */
export function checkProxies(text: string): void {
  const parts = text.split(',').map((part) => part.trim());
  if (text !== '' && !parts.every(isProxy))
    throw new Error('must be addresses or networks with commas between');
}

/** True for an address, a network, or one of Express's names for some networks. */
function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits = '0', ...rest] = text.split('/');
  const family = isIP(address);
  return (
    family > 0 &&
    rest.length === 0 &&
    /^\d+$/.test(bits) &&
    Number(bits) <= (family === 4 ? 32 : 128)
  );
}
