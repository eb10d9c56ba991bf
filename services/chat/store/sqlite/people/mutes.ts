import type { DatabaseSync } from 'node:sqlite';
import type { Side } from '@parley/contract/channels/topic.ts';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import type { LazyThread } from '@parley/store/sqlite/lazy-thread.ts';
import type { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import { type Found, mutedSubject } from '../../decide/decide.ts';
import { newEpoch } from '../../epoch.ts';
import type { ChannelRow } from '../../event-row.ts';
import type { AuditDraft } from '../../people/audit.ts';
import { MUTES_MAX, type Mute, type Muted, type MuteStore } from '../../people/mutes.ts';
import type { Draft } from '../../store.ts';
import { openFindOldName } from '../channels/find-old-name.ts';
import { openAddAudit } from './audit.ts';

/** Opens the look-up of the mute by which a draft is decided. */
export function openFindMute(database: DatabaseSync) {
  const find = database.prepare(
    'SELECT 1 FROM mute WHERE channel_id = ? AND subject = ? AND until_at > ?',
  );
  return (
    channel: Pick<ChannelRow, 'id' | 'muted_until'>,
    draft: Pick<Draft, 'at'> & Parameters<typeof mutedSubject>[1],
  ) => {
    const subject = mutedSubject(channel, draft);
    const muted: Found['muted'] =
      subject !== undefined && find.get(channel.id, subject, draft.at) !== undefined;
    return muted;
  };
}

/** Changes mutes, for the thread that writes. */
export function openMuteWriter(database: DatabaseSync) {
  const addAudit = openAddAudit(database);
  const findOldName = openFindOldName(database);
  const addChannel = database.prepare(
    'INSERT INTO channel (name, epoch, head, at) VALUES (?, ?, 0, 0) ON CONFLICT DO NOTHING',
  );
  const findChannel = database.prepare('SELECT id, private FROM channel WHERE name = ?');
  const removeOver = database.prepare('DELETE FROM mute WHERE channel_id = ? AND until_at <= ?');
  const count = database.prepare(
    'SELECT count(*) AS others FROM mute WHERE channel_id = ? AND subject <> ?',
  );
  const add = database.prepare(
    `INSERT INTO mute (channel_id, subject, username, until_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET username = excluded.username, until_at = excluded.until_at`,
  );
  const remove = database.prepare('DELETE FROM mute WHERE channel_id = ? AND subject = ?');
  const noteLast = database.prepare(
    `UPDATE channel SET muted_until = (
       SELECT coalesce(max(until_at), 0) FROM mute WHERE channel_id = channel.id
     ) WHERE id = ?`,
  );
  const channelOf = (name: string): { id: number; side: Side } => {
    const row = findChannel.get(name);
    return { id: Number(row?.id ?? 0), side: row?.private === 1 ? 'private' : 'public' };
  };

  return {
    mute: ({ mute, now, act }: { mute: Mute; now: number; act?: AuditDraft }): Muted =>
      inTransaction(database, () => {
        if (findOldName(mute.channel)) return 'renamed';
        addChannel.run(mute.channel, newEpoch());
        const { id, side } = channelOf(mute.channel);
        removeOver.run(id, now);
        if (Number(count.get(id, mute.subject)?.others) >= MUTES_MAX) return false;
        add.run(id, mute.subject, mute.username, mute.until);
        noteLast.run(id);
        addAudit(act);
        return side;
      }),
    unmute: ({
      channel,
      subject,
      act,
    }: Pick<Mute, 'channel' | 'subject'> & { act?: AuditDraft }): Side | false =>
      inTransaction(database, () => {
        const { id, side } = channelOf(channel);
        if (remove.run(id, subject).changes === 0) return false;
        noteLast.run(id);
        addAudit(act);
        return side;
      }),
  };
}

/** Reads mutes, for the thread that reads. */
export function openMuteReader(database: DatabaseSync) {
  const list = database.prepare(
    `SELECT username, until_at AS until FROM mute
     WHERE channel_id = (SELECT id FROM channel WHERE name = ?) AND until_at > ?
     ORDER BY username, subject`,
  );
  // The channels first: only those with a mute are looked up in the other table.
  const listOf = database.prepare(
    `SELECT name AS channel, until_at AS until
     FROM channel CROSS JOIN mute ON channel_id = channel.id AND subject = :subject
     WHERE name IN (SELECT value FROM json_each(:names)) AND muted_until > :now AND until_at > :now`,
  );
  return {
    listMutesOf: ({ channels, ...of }: { subject: string; channels: string[]; now: number }) =>
      listOf.all({ ...of, names: JSON.stringify(channels) }),
    listMutes: ({ channel, now }: { channel: string; now: number }) => list.all(channel, now),
  };
}

/** The mutes, for callers outside those threads. */
export function sqliteMutes(writer: ThreadCalls, reader: LazyThread): MuteStore {
  return {
    mute: (mute, now, act) => writer.call('mute', { mute, now, act }),
    unmute: (place, act) => writer.call('unmute', { ...place, act }),
    of: (subject, channels, now) => reader.call('listMutesOf', { subject, channels, now }),
    list: (channel, now) => reader.call('listMutes', { channel, now }),
  };
}
