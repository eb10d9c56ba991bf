import './view/tokens.css';
import './view/base.css';
import './view/name-hue.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { openAccountApi } from './account/account-api.ts';
import { ownerOf } from './account/author.ts';
import { authorized } from './account/authorized.ts';
import { hasSession } from './account/has-session.ts';
import { providerFault } from './account/provider-fault.ts';
import { Session } from './account/session.ts';
import { App } from './app.tsx';
import { openStorage } from './browser-storage.ts';
import { Directory } from './channels/directory.ts';
import { pathOfChannel } from './channels/route.ts';
import { Connection } from './connection/connection.ts';
import { Ballot } from './messages/ballot.ts';
import { putVote } from './messages/message-api.ts';
import { Notifier } from './notices/notifier.ts';
import { Outbox } from './sending/outbox.ts';
import { forgetDrafts } from './sending/stored-draft.ts';
import { PageSettings } from './settings/page-settings.ts';

const settings = openStorage(() => localStorage);
const choices = new PageSettings(settings);
const ofThisTab = openStorage(() => sessionStorage);
const fault = providerFault(location.hash);
if (fault !== undefined) history.replaceState(null, '', location.pathname);
const session = new Session({
  api: openAccountApi(),
  notes:
    typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('parley.session'),
  storage: settings,
  fault,
});
const authenticate = () => session.recover();
const connection = new Connection(session, location.origin);
const notifier = new Notifier({
  settings: choices,
  open: ({ channel, seq }) => {
    history.pushState(null, '', pathOfChannel(channel, seq));
    dispatchEvent(new PopStateEvent('popstate'));
  },
});
const directory = new Directory({
  connection,
  storage: settings,
  onMessage: (...message) => void notifier.notify(...message),
});
const outbox = new Outbox({
  connection,
  authenticate: (attempts) => hasSession(authenticate, attempts),
  storage: ofThisTab,
});
const ballot = new Ballot({
  put: (message, value) => authorized(() => putVote(message, value), authenticate),
  storage: settings,
});
let departures = 0;
session.subscribe(() => {
  const state = session.snapshot();
  const username = state.state === 'account' ? state.account.username : undefined;
  ballot.belongTo(username);
  directory.belongTo(ownerOf(state));
  if (username !== undefined) outbox.signedIn(username);
  if (departures !== session.departures) forgetDrafts(ofThisTab);
  departures = session.departures;
});

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App
        connection={connection}
        directory={directory}
        outbox={outbox}
        session={session}
        ballot={ballot}
        settings={settings}
        choices={choices}
        drafts={ofThisTab}
      />
    </StrictMode>,
  );
}
