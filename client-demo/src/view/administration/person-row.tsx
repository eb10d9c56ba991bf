import { useState } from 'react';
import type { ListedAccount } from '../../administration/admin-api.ts';
import { dayOf } from '../../history/day.ts';
import { Badge } from '../badge.tsx';

/** An account, and what an administrator can do with it. The own account cannot be suspended. */
export function PersonRow(props: {
  account: ListedAccount;
  isOwn: boolean;
  onSuspend: (suspended: boolean) => void;
  onReset: () => void;
}) {
  const { username, email, admin, at, suspendedAt } = props.account;
  const [asking, setAsking] = useState(false);
  const suspend = (suspended: boolean) => {
    setAsking(false);
    props.onSuspend(suspended);
  };
  return (
    <li data-testid="person">
      <Badge name={username} />
      <div className="about">
        <bdi className="who">{username}</bdi> {admin && <small>administrator</small>}{' '}
        {suspendedAt !== undefined && (
          <small className="fault">suspended since {dayOf(suspendedAt)}</small>
        )}
        <small>
          {email !== '' && (
            <>
              <bdi>{email}</bdi> ·{' '}
            </>
          )}
          since {dayOf(at)}
        </small>
      </div>
      <div className="admin-tools">
        <button type="button" className="quiet-button" onClick={props.onReset} data-testid="reset">
          Password link
        </button>
        {suspendedAt !== undefined ? (
          <button type="button" className="quiet-button" onClick={() => suspend(false)}>
            Restore
          </button>
        ) : asking ? (
          <>
            <button type="button" className="quiet-button harm" onClick={() => suspend(true)}>
              Suspend {username}
            </button>
            <button type="button" className="quiet-button" onClick={() => setAsking(false)}>
              Keep
            </button>
          </>
        ) : (
          !props.isOwn && (
            <button type="button" className="quiet-button harm" onClick={() => setAsking(true)}>
              Suspend
            </button>
          )
        )}
      </div>
    </li>
  );
}
