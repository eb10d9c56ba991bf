import type { OpenedStore } from '../../store/opened-store.ts';
import type { ChannelAccess } from '../../store/people/access.ts';
import type { ChannelReport, Report } from './report.ts';

/**
 * Makes the private channels of an export private here, before they have a message. Resolves with the
 * names of those that are left out, because a public channel here has the name, or a private one that
 * an account made: its maker chose who reads it. Who reads a private channel without a maker, such as
 * that of an earlier import, was chosen by administrators.
 */
export async function makePrivate(
  { access }: Pick<OpenedStore, 'access'>,
  channels: ChannelReport[],
  report: Report,
): Promise<Set<string>> {
  const leftOut = new Set<string>();
  for (const { name, messages, ...channel } of channels) {
    if (!channel.private || messages === 0) continue;
    let found = await access.find(name);
    if (!found || isUnused(found)) {
      const by = { account: undefined, admin: true };
      await access.change({ channel: name, by, at: Date.now(), private: true });
      // An account may have made the channel meanwhile.
      found = await access.find(name);
    }
    if (found?.private && !found.direct && found.maker === undefined) continue;
    leftOut.add(name);
    report.leaveOut(found?.private ? MADE : PUBLIC, name, messages);
  }
  return leftOut;
}

/** True for a name that has only mutes. */
function isUnused(found: ChannelAccess): boolean {
  return !found.private && found.head === 0 && found.maker === undefined;
}

const PUBLIC = 'messages of private channels whose name is that of a public channel here';
const MADE =
  'messages of private channels whose name is that of a private channel that an account here made';
