import './session-line.css';
import type { Visitor } from '../account/use-visitor.ts';

/** Shows that the session has ended, and how to continue. */
export function SessionLine({ visitor }: { visitor: Visitor }) {
  const { state, session, ask } = visitor;
  if (state.state !== 'ended') return null;
  return (
    <div className="session-line" role="alert" data-testid="session-ended">
      <p>
        Your session has ended. What you write waits here until you sign in as{' '}
        <b>
          <bdi>{state.username}</bdi>
        </b>{' '}
        again.
      </p>
      <button type="button" className="quiet-button" onClick={() => ask('sign-in')}>
        Sign in
      </button>
      <button type="button" className="link-button" onClick={() => session.dismiss()}>
        Go on as a guest
      </button>
    </div>
  );
}
