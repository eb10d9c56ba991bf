import type { Session } from '../../account/session.ts';
import { type Act, listActs } from '../../administration/admin-api.ts';
import { wholeTime } from '../../history/clock-time.ts';
import { ListEnd } from './list-end.tsx';
import { useList } from './use-list.ts';

/** What administrators have done, the newest first. */
export function ActsSection({ session }: { session: Session }) {
  const list = useList(session, listActs);
  return (
    <section aria-labelledby="acts">
      <h2 id="acts">Acts of administrators</h2>
      <ul className="admin-list">
        {list.items.map((act) => (
          <li key={act.id} data-testid="act">
            <ActText act={act} />
          </li>
        ))}
      </ul>
      <ListEnd list={list} />
    </section>
  );
}

function ActText({ act: { by, name, act, whom, channel, detail, at } }: { act: Act }) {
  return (
    <div className="about">
      <bdi className="who">{name ?? by}</bdi> {act.replaceAll('-', ' ')}{' '}
      {whom !== undefined && <bdi className="who">{whom}</bdi>}{' '}
      {channel !== undefined && <bdi>#{channel}</bdi>}
      <small>
        <time dateTime={at}>{wholeTime(at)}</time>
        {detail !== undefined && <bdi> · {detail}</bdi>}
      </small>
    </div>
  );
}
