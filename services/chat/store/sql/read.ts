import { EVERY_PRIVATE_CHANNEL } from '@parley/kit/viewer.ts';
import { type Kysely, sql } from 'kysely';
import { mutedSubject, postRefusal } from '../decide/decide.ts';
import { HIDDEN } from '../decide/decide-access.ts';
import {
  asEvent,
  asState,
  closingOf,
  MENTIONS_NOW,
  READ_COLUMNS,
  TEXT_NOW,
  takePage,
} from '../event-row.ts';
import { reactedSeqs, withMine } from '../pages/own-reactions.ts';
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
import { oldNamesAmong } from './channels/old-names.ts';
import { findOwners } from './find-owners.ts';
import { isHiddenFrom } from './people/access.ts';
import type { Tables } from './tables.ts';

const THREAD_COLUMNS = [...READ_COLUMNS, 'message' as const, 'mentions' as const].map(
  (name) => `event.${name}` as const,
);

/** Opens the read side of the log in an SQL database. */
export function openRead(database: Kysely<Tables>) {
  const findChannel = (name: string) =>
    database
      .selectFrom('channel')
      .select(['id', 'epoch', 'head', 'closed', 'private', 'muted_until'])
      .where('name', '=', name)
      // In 0.1 and before, a channel whose first message was refused has a row without an event.
      .where('head', '>', 0)
      .executeTakeFirst();

  const listed = () =>
    database
      .selectFrom('channel')
      .select(['name as channel', 'epoch', 'head', 'at', 'private', 'closed']);

  /** The page, with the subject's own reactions. */
  async function withOwn<P extends Page>(
    channelId: number,
    page: P,
    subject: string | undefined,
  ): Promise<P> {
    const seqs = reactedSeqs(page.events, subject);
    if (seqs.length === 0) return page;
    const own = await database
      .selectFrom('reaction')
      .select(['seq', 'emoji'])
      .where('channel_id', '=', channelId)
      .where('seq', 'in', seqs)
      .where('subject', '=', subject ?? '')
      .execute();
    return { ...page, events: withMine(page.events, own) };
  }

  return {
    async preview(post: UnplacedPost, at: number): Promise<PostPreview> {
      const owners = await findOwners(database, [post.username]);
      const channel = await database
        .selectFrom('channel')
        .select(['id', 'closed', 'private', 'muted_until'])
        .where('name', '=', post.channel)
        .executeTakeFirst();
      const isHidden = channel
        ? await isHiddenFrom(database, channel, post.viewer)
        : (await oldNamesAmong(database, [post.channel])).size > 0;
      if (isHidden) return HIDDEN;
      const subject = channel && mutedSubject(channel, { ...post, at });
      const muted =
        subject !== undefined &&
        (await database
          .selectFrom('mute')
          .select('subject')
          .where('channel_id', '=', channel?.id ?? 0)
          .where('subject', '=', subject)
          .where('until_at', '>', at)
          .executeTakeFirst()) !== undefined;
      const refusal = postRefusal(channel, post, { owner: owners.get(post.username), muted });
      return { side: channel?.private === 1 ? 'private' : 'public', refusal };
    },

    async page(query: PageQuery): Promise<Page> {
      const channel = await findChannel(query.channel);
      if (!channel || (await isHiddenFrom(database, channel, query.viewer))) {
        return { epoch: null, head: 0, events: [], closed: false };
      }
      const { epoch, head, id } = channel;
      const rows = await database
        .selectFrom('event')
        .select([
          ...READ_COLUMNS,
          sql<string>`${sql.raw(TEXT_NOW)}`.as('message'),
          sql<string | null>`${sql.raw(MENTIONS_NOW)}`.as('mentions'),
        ])
        .where('channel_id', '=', id)
        .where('seq', '>', query.after)
        // A commit may come between the two reads: events beyond this head belong to a later page.
        .where('seq', '<', Math.min(query.before, head + 1))
        .orderBy('seq', query.newest ? 'desc' : 'asc')
        .limit(query.limit)
        .execute();
      const { rows: page } = takePage(rows);
      if (query.newest) page.reverse();
      const events = page.map((row) => asEvent(query.channel, epoch, row));
      const found: Page = { epoch, head, events, ...closingOf(channel) };
      return withOwn(id, found, query.mineOf);
    },

    async thread(query: ThreadQuery): Promise<ThreadPage | undefined> {
      const channel = await findChannel(query.channel);
      if (!channel || (await isHiddenFrom(database, channel, query.viewer))) return undefined;
      const parent = await database
        .selectFrom('event')
        .select(THREAD_COLUMNS)
        .where('channel_id', '=', channel.id)
        .where('seq', '=', query.thread)
        .where('kind', '=', 'message')
        .executeTakeFirst();
      if (!parent) return undefined;
      const replies = await database
        .selectFrom('reply')
        .innerJoin('event', (join) =>
          join
            .onRef('event.channel_id', '=', 'reply.channel_id')
            .onRef('event.seq', '=', 'reply.seq'),
        )
        .select(THREAD_COLUMNS)
        .where('reply.channel_id', '=', channel.id)
        .where('reply.ref', '=', query.thread)
        .where('reply.seq', '>', query.after)
        .where('reply.seq', '<', Math.min(query.before, channel.head + 1))
        .orderBy('reply.seq', query.newest ? 'desc' : 'asc')
        .limit(query.limit + 1)
        .execute();
      const found = threadPage(query, channel, { parent, replies });
      return withOwn(channel.id, found, query.mineOf);
    },

    async channels(query: ChannelQuery): Promise<ChannelState[]> {
      const { after, limit, names, viewer = null, onlyPrivate = false } = query;
      if (names?.length === 0) return [];
      if (query.newestFirst && !onlyPrivate) {
        const newest = await listed()
          .where('private', '=', 0)
          .where('head', '>', 0)
          .orderBy('at', 'desc')
          .orderBy('name')
          .limit(limit)
          .execute();
        return newest.map(asState);
      }
      const rows = await listed()
        .$if(!query.newestFirst, (of) => of.where('name', '>', after))
        .$if(names !== undefined, (of) => of.where('name', 'in', names ?? []))
        .$if(onlyPrivate, (of) => of.where('private', '=', 1))
        .$if(viewer === null, (of) => of.where('private', '=', 0))
        .$if(viewer === null || viewer === EVERY_PRIVATE_CHANNEL, (of) => of.where('head', '>', 0))
        .$if(viewer !== null && viewer !== EVERY_PRIVATE_CHANNEL, (of) =>
          of.where(({ and, or, eb, selectFrom }) => {
            const members = selectFrom('member')
              .select('channel_id')
              .where('account_id', '=', String(viewer));
            const isOwn = and([eb('private', '=', 1), eb('channel.id', 'in', members)]);
            return onlyPrivate
              ? isOwn
              : or([isOwn, and([eb('private', '=', 0), eb('head', '>', 0)])]);
          }),
        )
        .$if(query.newestFirst === true, (of) => of.orderBy('at', 'desc'))
        .orderBy('name')
        .limit(limit)
        .execute();
      return rows.map(asState);
    },
  };
}
