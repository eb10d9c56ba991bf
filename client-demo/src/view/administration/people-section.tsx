import { type FormEvent, useCallback, useState } from 'react';
import type { Session } from '../../account/session.ts';
import {
  invite,
  type ListedAccount,
  listAccounts,
  makeResetLink,
  type PersonLink,
  putSuspended,
} from '../../administration/admin-api.ts';
import { ListEnd } from './list-end.tsx';
import { MadeLink } from './made-link.tsx';
import { PersonRow } from './person-row.tsx';
import { useList } from './use-list.ts';

/** The accounts: invite, suspend, restore, and a link for a new password. */
export function PeopleSection({ session, own }: { session: Session; own: string }) {
  const [name, setName] = useState('');
  const read = useCallback((after: string | undefined) => listAccounts(name, after), [name]);
  const list = useList(session, read);
  const [onlySuspended, setOnlySuspended] = useState(false);
  const [made, setMade] = useState<PersonLink & { label: string }>();
  const shown = list.items.filter(({ suspendedAt }) => !onlySuspended || suspendedAt !== undefined);

  const onInvite = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const [uses, email] = [Number(given.get('uses')), String(given.get('email') ?? '')];
    const sent = email === '' ? '' : ` It is mailed to ${email}.`;
    const label = `Link for ${uses} ${uses === 1 ? 'person' : 'people'}.${sent}`;
    void list.act(async () => setMade({ ...(await invite(uses, email)), label }));
  };
  const onReset = ({ username }: ListedAccount) => {
    const label = `Link for a new password of ${username}.`;
    void list.act(async () => setMade({ ...(await makeResetLink(username)), label }));
  };
  return (
    <section aria-labelledby="people">
      <h2 id="people">People</h2>
      <form className="admin-tools" onSubmit={onInvite}>
        <label>
          Invite{' '}
          <input
            type="number"
            name="uses"
            min={1}
            max={1000}
            defaultValue={1}
            aria-label="People"
          />{' '}
          to make accounts
        </label>
        {session.sendsMail && (
          <input
            type="email"
            name="email"
            placeholder="and mail it to"
            aria-label="E-mail address"
          />
        )}
        <button type="submit" className="quiet-button" data-testid="invite">
          Make a link
        </button>
        <label>
          Name{' '}
          <input
            type="search"
            value={name}
            onChange={({ target }) => setName(target.value)}
            placeholder="begins with"
            data-testid="find-person"
          />
        </label>
        <label>
          <input
            type="checkbox"
            checked={onlySuspended}
            onChange={({ target }) => setOnlySuspended(target.checked)}
            data-testid="only-suspended"
          />{' '}
          Only suspended
        </label>
      </form>
      {made && <MadeLink label={made.label} made={made} />}
      <ul className="admin-list">
        {shown.map((account) => (
          <PersonRow
            key={account.username}
            account={account}
            isOwn={account.username === own}
            onSuspend={(suspended) =>
              void list.act(() => putSuspended(account.username, suspended))
            }
            onReset={() => onReset(account)}
          />
        ))}
      </ul>
      <ListEnd list={list} />
    </section>
  );
}
