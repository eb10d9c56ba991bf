import type { StandaloneConfig } from './settings.ts';

const EVERY_NETWORK = ['0.0.0.0', '::'];

/**
 * The address to open: PUBLIC_URL when it is set. Without it, a server that listens on every network
 * cannot know the names that other machines use, and in a container not even the published port.
 */
export function readyText(
  { host, publicUrl }: Pick<StandaloneConfig, 'host' | 'publicUrl'>,
  url: string,
): string {
  const open = `Parley is ready: open ${publicUrl || url}`;
  if (publicUrl || !EVERY_NETWORK.includes(host)) return open;
  return `${open} on this machine; others use its name or address and the published port (PUBLIC_URL sets what is printed)`;
}
