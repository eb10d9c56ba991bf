import type { DatabaseSync } from 'node:sqlite';
import { EVERY_PRIVATE_CHANNEL } from '@parley/kit/viewer.ts';
import { asState } from '../event-row.ts';
import type { ChannelQuery, ChannelState } from '../store.ts';

/**
 * Opens the list of channels. A private channel is listed for its viewers only, and without events for its
 * members only.
 */
export function openChannelLists(database: DatabaseSync): (query: ChannelQuery) => ChannelState[] {
  const select = 'SELECT name AS channel, epoch, head, at, private, closed FROM channel';
  const page = 'name > :after';
  const order = 'ORDER BY name LIMIT :limit';
  const shown = `CASE WHEN private = 0 OR :viewer = '${EVERY_PRIVATE_CHANNEL}'
    THEN head > 0
    ELSE EXISTS (SELECT 1 FROM member WHERE channel_id = id AND account_id = :viewer) END`;
  const listAll = database.prepare(`${select} WHERE ${page} AND ${shown} ${order}`);
  const listNamed = database.prepare(
    `${select} WHERE name IN (SELECT value FROM json_each(:names))
     AND ${page} AND ${shown} ${order}`,
  );
  const newest = 'ORDER BY at DESC, name LIMIT :limit';
  // The account's private channels are few, and its index finds them.
  const own = 'private = 1 AND id IN (SELECT channel_id FROM member WHERE account_id = :viewer)';
  const listPrivate = database.prepare(`${select} WHERE ${own} AND ${page} ${order}`);
  const listNewestPrivate = database.prepare(`${select} WHERE ${own} ${newest}`);
  const listNewest = database.prepare(`${select} WHERE head > 0 AND private = 0 ${newest}`);
  const listEveryPrivate = database.prepare(
    `${select} WHERE ${page} AND private = 1 AND head > 0 ${order}`,
  );

  return ({ after, limit, names, viewer = null, onlyPrivate, newestFirst }) => {
    const common = { after, limit };
    const rows = newestFirst
      ? onlyPrivate
        ? listNewestPrivate.all({ limit, viewer })
        : listNewest.all({ limit })
      : names
        ? listNamed.all({ ...common, names: JSON.stringify(names), viewer })
        : !onlyPrivate
          ? listAll.all({ ...common, viewer })
          : viewer === EVERY_PRIVATE_CHANNEL
            ? listEveryPrivate.all(common)
            : listPrivate.all({ ...common, viewer });
    const states = (rows as unknown as Parameters<typeof asState>[0][]).map(asState);
    return onlyPrivate ? states.filter((state) => state.private) : states;
  };
}
