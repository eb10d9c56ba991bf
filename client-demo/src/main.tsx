import './view/tokens.css';
import './view/base.css';
import './view/name-hue.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { openAccountApi } from './account-api.ts';
import { App } from './app.tsx';
import { authorized } from './authorized.ts';
import { Ballot } from './ballot.ts';
import { openStorage } from './browser-storage.ts';
import { putVote } from './message-api.ts';
import { Outbox } from './outbox.ts';
import { postMessage } from './post-message.ts';
import { Session } from './session.ts';

const settings = openStorage(() => localStorage);
const ofThisTab = openStorage(() => sessionStorage);
const session = new Session({
  api: openAccountApi(),
  notes:
    typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('parley.session'),
  storage: settings,
});
const authenticate = () => session.recover();
const outbox = new Outbox({
  post: postMessage,
  authenticate,
  storage: ofThisTab,
});
const ballot = new Ballot({
  put: (message, value) => authorized(() => putVote(message, value), authenticate),
  storage: settings,
});
session.subscribe(() => {
  const state = session.snapshot();
  ballot.belongTo(state.state === 'account' ? state.account.username : undefined);
  if (state.state === 'account') outbox.signedIn();
});
addEventListener('online', () => outbox.retryNow());

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App
        outbox={outbox}
        session={session}
        ballot={ballot}
        settings={settings}
        drafts={ofThisTab}
      />
    </StrictMode>,
  );
}
