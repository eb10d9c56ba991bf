import type { DatabaseSync } from 'node:sqlite';
import { postRefusal } from '../decide/decide.ts';
import { HIDDEN } from '../decide/decide-access.ts';
import {
  asEvent,
  type ChannelRow,
  closingOf,
  type EventRow,
  MENTIONS_NOW,
  READ_COLUMNS,
  TEXT_NOW,
  takePage,
} from '../event-row.ts';
import { type OwnReaction, reactedSeqs, withMine } from '../pages/own-reactions.ts';
import { threadPage } from '../pages/thread-page.ts';
import type {
  ChannelQuery,
  ChannelState,
  Page,
  PageQuery,
  PostPreview,
  ThreadPage,
  ThreadQuery,
  UnplacedPost,
} from '../store.ts';
import { openChannelLists } from './channel-lists.ts';
import { openFindOldName } from './channels/find-old-name.ts';
import { openOwners } from './owners.ts';
import { openIsHidden } from './people/access.ts';
import { openFindMute } from './people/mutes.ts';

/** The read side of the log. A read never waits for a write, nor a write for a read (WAL). */
export function openReader(database: DatabaseSync) {
  // In 0.1 and before, a channel whose first message was refused has a row without an event.
  const findChannel = database.prepare(
    'SELECT id, epoch, head, closed, private, muted_until FROM channel WHERE name = ? AND head > 0',
  );
  const [oldest, newest] = ['ASC', 'DESC'].map((order) =>
    database.prepare(
      `SELECT ${READ_COLUMNS.join(', ')}, ${TEXT_NOW} AS message,
         ${MENTIONS_NOW} AS mentions FROM event
       WHERE channel_id = ? AND seq > ? AND seq < ? ORDER BY seq ${order} LIMIT ?`,
    ),
  );
  const threadColumns = [...READ_COLUMNS, 'message', 'mentions']
    .map((name) => `event.${name}`)
    .join(', ');
  const findMessage = database.prepare(
    `SELECT ${threadColumns} FROM event WHERE channel_id = ? AND seq = ? AND kind = 'message'`,
  );
  const [oldestReplies, newestReplies] = ['ASC', 'DESC'].map((order) =>
    database.prepare(
      `SELECT ${threadColumns} FROM reply
       JOIN event ON event.channel_id = reply.channel_id AND event.seq = reply.seq
       WHERE reply.channel_id = ? AND reply.ref = ? AND reply.seq > ? AND reply.seq < ?
       ORDER BY reply.seq ${order} LIMIT ?`,
    ),
  );
  // A private channel without events has a row too, and decides about posts.
  const findPlace = database.prepare(
    'SELECT id, closed, private, muted_until FROM channel WHERE name = ?',
  );
  const lists = openChannelLists(database);
  const isHidden = openIsHidden(database);
  const findOwn = database.prepare(
    `SELECT seq, emoji FROM reaction
     WHERE channel_id = ? AND seq IN (SELECT value FROM json_each(?)) AND subject = ?`,
  );
  const owners = openOwners(database);
  const findMute = openFindMute(database);
  const findOldName = openFindOldName(database);

  /** The page, with the subject's own reactions. */
  function withOwn<P extends Page>(channelId: number, page: P, subject = ''): P {
    const seqs = reactedSeqs(page.events, subject);
    if (seqs.length === 0) return page;
    const own = findOwn.all(channelId, JSON.stringify(seqs), subject);
    return { ...page, events: withMine(page.events, own as unknown as OwnReaction[]) };
  }

  return {
    preview({ post, at }: { post: UnplacedPost; at: number }): PostPreview {
      const channel = findPlace.get(post.channel) as unknown as ChannelRow | undefined;
      if (channel ? isHidden(channel, post.viewer) : findOldName(post.channel)) return HIDDEN;
      const muted = channel !== undefined && findMute(channel, { ...post, at });
      const refusal = postRefusal(channel, post, { owner: owners()(post.username), muted });
      return { side: channel?.private === 1 ? 'private' : 'public', refusal };
    },

    page(query: PageQuery): Page {
      const channel = findChannel.get(query.channel) as unknown as ChannelRow | undefined;
      if (!channel || isHidden(channel, query.viewer)) {
        return { epoch: null, head: 0, events: [], closed: false };
      }
      const { epoch, head, id } = channel;
      // A commit may come between the two reads: events beyond this head belong to a later page.
      const before = Math.min(query.before, head + 1);
      const statement = query.newest ? newest : oldest;
      const { rows } = takePage(
        (statement?.iterate(id, query.after, before, query.limit) ?? []) as Iterable<EventRow>,
      );
      if (query.newest) rows.reverse();
      const events = rows.map((row) => asEvent(query.channel, epoch, row));
      const page: Page = { epoch, head, events, ...closingOf(channel) };
      return withOwn(id, page, query.mineOf);
    },

    thread(query: ThreadQuery): ThreadPage | undefined {
      const channel = findChannel.get(query.channel) as unknown as ChannelRow | undefined;
      if (!channel || isHidden(channel, query.viewer)) return undefined;
      const parent = findMessage.get(channel.id, query.thread);
      if (!parent) return undefined;
      const statement = query.newest ? newestReplies : oldestReplies;
      const { id, head } = channel;
      const { thread, after, before, limit } = query;
      const replies = statement?.iterate(id, thread, after, Math.min(before, head + 1), limit + 1);
      const page = threadPage(query, channel, {
        parent: parent as unknown as EventRow,
        replies: (replies ?? []) as Iterable<EventRow>,
      });
      return withOwn(id, page, query.mineOf);
    },

    channels: (query: ChannelQuery): ChannelState[] => lists(query),
  };
}
