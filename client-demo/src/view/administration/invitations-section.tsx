import type { Session } from '../../account/session.ts';
import { listInvitations, withdraw } from '../../administration/admin-api.ts';
import { wholeTime } from '../../history/clock-time.ts';
import { ListEnd } from './list-end.tsx';
import { useList } from './use-list.ts';

/** The invitations that can be used, each with a button that takes it back. */
export function InvitationsSection({ session }: { session: Session }) {
  const list = useList(session, listInvitations);
  return (
    <section aria-labelledby="invitations">
      <h2 id="invitations">Open invitations</h2>
      <ul className="admin-list">
        {list.items.map(({ id, uses, expiresAt }) => (
          <li key={id} data-testid="invitation">
            <div className="about">
              For {uses} {uses === 1 ? 'person' : 'people'}{' '}
              <small>until {wholeTime(expiresAt)}</small>
            </div>
            <button
              type="button"
              className="quiet-button harm"
              onClick={() => void list.act(() => withdraw(id))}
            >
              Take back
            </button>
          </li>
        ))}
      </ul>
      <ListEnd list={list} />
      <button type="button" className="quiet-button" onClick={() => void list.act(async () => {})}>
        Read again
      </button>
    </section>
  );
}
