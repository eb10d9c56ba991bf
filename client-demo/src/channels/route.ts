import { isChannelName } from './channel-name.ts';

/** The part of the page that is open: the start page, a channel, or a path that is neither. */
export type Route =
  | { at: 'home' }
  | { at: 'channel'; channel: string }
  | { at: 'nowhere'; path: string };

/** The part of the page that a URL's path names: `/` or `/:channel`. */
export function routeOfPath(path: string): Route {
  const segment = decodedSegment(path);
  if (segment === '') return { at: 'home' };
  if (segment !== undefined && isChannelName(segment)) return { at: 'channel', channel: segment };
  return { at: 'nowhere', path };
}

/** The path of a channel's page. */
export function pathOfChannel(channel: string): string {
  return `/${encodeURIComponent(channel)}`;
}

function decodedSegment(path: string): string | undefined {
  try {
    return decodeURIComponent(path.replace(/^\/|\/$/g, '')).normalize('NFC');
  } catch {
    return undefined;
  }
}
