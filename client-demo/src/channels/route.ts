import { isChannelName } from './channel-name.ts';

/** A link that was given or mailed to a person; its secret is in the fragment. */
export interface PersonalLink {
  kind: 'invitation' | 'reset' | 'confirm';
  secret: string;
}

/** The fragment of the start page's address that opens the administration. */
const ADMINISTRATION = '#administration';
const PEOPLE = '#people';

/** What the fragment of a channel's address names. */
export interface ChannelPlace {
  /** A message to jump to. */
  seq?: number | undefined;
  /** The parent of the thread that is open. */
  thread?: number | undefined;
  /** The dialog of the channel's people is open. */
  people?: true;
}

/** The part of the page that is open: the start page, what a link opens, a channel, or a path that is neither. */
export type Route =
  | { at: 'home' }
  | ({ at: 'channel'; channel: string } & ChannelPlace)
  | { at: 'link'; link: PersonalLink }
  | { at: 'administration' }
  | { at: 'nowhere'; path: string };

/**
 * The part of the page that a URL's path names: `/` or `/:channel`, a message by `#<seq>`, a thread by
 * `#thread=<seq>` and the people of a channel by `#people`.
 */
export function routeOfPath(path: string, hash = ''): Route {
  const segment = decodedSegment(path);
  if (segment === '' && hash === ADMINISTRATION) return { at: 'administration' };
  if (segment === '') return linkOfHash(hash) ?? { at: 'home' };
  if (segment !== undefined && isChannelName(segment)) {
    const [, thread, seq] = /^#(thread=)?(\d{1,15})$/.exec(hash) ?? [];
    const place = seq && { [thread ? 'thread' : 'seq']: Number(seq) };
    const people = hash === PEOPLE && { people: true as const };
    return { at: 'channel', channel: segment, ...place, ...people };
  }
  return { at: 'nowhere', path };
}

/** The path of a channel's page, and of a message in it. */
export function pathOfChannel(channel: string, seq?: number): string {
  return `/${encodeURIComponent(channel)}${seq === undefined ? '' : `#${seq}`}`;
}

/** The path of a channel's page with the thread of a message. */
export function pathOfThread(channel: string, parent: number): string {
  return `${pathOfChannel(channel)}#thread=${parent}`;
}

/** The path of a channel's page with the dialog of its people. */
export function pathOfPeople(channel: string): string {
  return pathOfChannel(channel) + PEOPLE;
}

function linkOfHash(hash: string): Route | undefined {
  const [, kind, secret] = /^#(invitation|reset|confirm)=([\w-]{1,64})$/.exec(hash) ?? [];
  if (secret === undefined) return undefined;
  return { at: 'link', link: { kind: kind as PersonalLink['kind'], secret } };
}

function decodedSegment(path: string): string | undefined {
  try {
    return decodeURIComponent(path.replace(/^\/|\/$/g, '')).normalize('NFC');
  } catch {
    return undefined;
  }
}
