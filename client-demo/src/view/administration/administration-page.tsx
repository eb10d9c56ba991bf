import './administration.css';
import { SignInPage } from '../account/sign-in-page.tsx';
import { mustSignIn, type Visitor } from '../account/use-visitor.ts';
import { Mark } from '../page/mark.tsx';
import { RouteLink } from '../page/route-link.tsx';
import type { Go } from '../page/use-route.ts';
import { useTitle } from '../page/use-title.ts';
import { ActsSection } from './acts-section.tsx';
import { ArchivedSection, ChannelsSection } from './channels-section.tsx';
import { InvitationsSection } from './invitations-section.tsx';
import { MutesSection } from './mutes-section.tsx';
import { PeopleSection } from './people-section.tsx';

/** What administrators see of the server: people, invitations, mutes, channels, and acts. */
export function AdministrationPage({ visitor, go }: { visitor: Visitor; go: Go }) {
  const { session, state } = visitor;
  useTitle('Administration · Parley');
  if (mustSignIn(visitor)) return <SignInPage visitor={visitor} />;
  if (state.state !== 'account') return null;
  const { admin, username } = state.account;
  return (
    <main className="administration">
      <RouteLink className="wordmark" href="/" go={go}>
        <Mark /> Parley
      </RouteLink>
      <h1>Administration</h1>
      {admin ? (
        <>
          <PeopleSection session={session} own={username} />
          <InvitationsSection session={session} />
          <MutesSection session={session} />
          <ChannelsSection session={session} go={go} />
          <ArchivedSection session={session} go={go} />
          <ActsSection session={session} />
        </>
      ) : (
        <p>Only administrators see this page.</p>
      )}
    </main>
  );
}
