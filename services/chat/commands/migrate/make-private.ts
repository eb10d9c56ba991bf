import type { OpenedStore } from '../../store/opened-store.ts';
import type { ChannelReport, Report } from './report.ts';

/**
 * Makes the private channels of an export private here, before they have a message. Resolves with the
 * names of those that are left out, because a public channel here has the name.
 */
export async function makePrivate(
  { rooms }: Pick<OpenedStore, 'rooms'>,
  channels: ChannelReport[],
  report: Report,
): Promise<Set<string>> {
  const leftOut = new Set<string>();
  for (const { name, messages, ...channel } of channels) {
    if (!channel.private || messages === 0) continue;
    const room = await rooms.find(name);
    if (room && !room.private && room.head > 0) {
      leftOut.add(name);
      report.leaveOut(PUBLIC, name, messages);
    } else if (!room?.private) {
      await rooms.change({ channel: name, by: { account: undefined, admin: true }, private: true });
    }
  }
  return leftOut;
}

const PUBLIC = 'messages of private channels whose name is that of a public channel here';
