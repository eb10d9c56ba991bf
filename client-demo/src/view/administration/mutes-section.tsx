import { type FormEvent, useCallback, useState } from 'react';
import type { Session } from '../../account/session.ts';
import { listMuted, putMuted } from '../../administration/admin-api.ts';
import { isChannelName, typedChannel } from '../../channels/channel-name.ts';
import { wholeTime } from '../../history/clock-time.ts';
import { ListEnd } from './list-end.tsx';
import { useList } from './use-list.ts';

const HOUR_MS = 3_600_000;
/** How long a mute can be, in hours. */
const HOURS = { 'an hour': 1, 'a day': 24, 'a week': 168, 'a year': 8760 };
const NOTHING = async () => ({ items: [], next: null });

/** Those who are muted in one channel: mute another account, or end a mute. */
export function MutesSection({ session }: { session: Session }) {
  const [text, setText] = useState('');
  const channel = typedChannel(text);
  const read = useCallback(
    () => (isChannelName(channel) ? listMuted(channel) : NOTHING()),
    [channel],
  );
  const list = useList(session, read);
  const mute = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const username = String(fields.get('name'));
    const until = new Date(Date.now() + Number(fields.get('hours')) * HOUR_MS).toISOString();
    void list.act(() => putMuted(channel, { username, until }));
  };
  return (
    <section aria-labelledby="mutes">
      <h2 id="mutes">Muted people</h2>
      <form className="admin-tools" onSubmit={mute}>
        <label>
          In channel{' '}
          <input
            value={text}
            onChange={({ target }) => setText(target.value)}
            required
            autoCapitalize="none"
            data-testid="mute-channel"
          />
        </label>
        <label>
          mute <input name="name" required placeholder="name" data-testid="mute-name" />
        </label>
        <label>
          for{' '}
          <select name="hours" defaultValue="24">
            {Object.entries(HOURS).map(([label, hours]) => (
              <option key={label} value={hours}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="quiet-button harm" data-testid="mute">
          Mute
        </button>
      </form>
      <ul className="admin-list">
        {list.items.map(({ username, until }) => (
          <li key={username} data-testid="muted">
            <div className="about">
              <bdi className="who">{username}</bdi> <small>until {wholeTime(until)}</small>
            </div>
            <button
              type="button"
              className="quiet-button"
              onClick={() => void list.act(() => putMuted(channel, { username }))}
            >
              End
            </button>
          </li>
        ))}
      </ul>
      <ListEnd list={{ ...list, isEmpty: list.isEmpty && isChannelName(channel) }} />
    </section>
  );
}
