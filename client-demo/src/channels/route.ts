import { isChannelName } from './channel-name.ts';

/** The part of the page that is open: the start page, a channel, or a path that is neither. */
export type Route =
  | { at: 'home' }
  | { at: 'channel'; channel: string; seq?: number | undefined }
  | { at: 'nowhere'; path: string };

/** The part of the page that a URL's path names: `/` or `/:channel`, and a message by `#<seq>`. */
export function routeOfPath(path: string, hash = ''): Route {
  const segment = decodedSegment(path);
  if (segment === '') return { at: 'home' };
  if (segment !== undefined && isChannelName(segment)) {
    const [, seq] = /^#(\d{1,15})$/.exec(hash) ?? [];
    return { at: 'channel', channel: segment, ...(seq && { seq: Number(seq) }) };
  }
  return { at: 'nowhere', path };
}

/** The path of a channel's page, and of a message in it. */
export function pathOfChannel(channel: string, seq?: number): string {
  return `/${encodeURIComponent(channel)}${seq === undefined ? '' : `#${seq}`}`;
}

function decodedSegment(path: string): string | undefined {
  try {
    return decodeURIComponent(path.replace(/^\/|\/$/g, '')).normalize('NFC');
  } catch {
    return undefined;
  }
}
