import './speaker-line.css';
import { type RefObject, useState } from 'react';
import { Badge } from './badge.tsx';
import { NameField } from './name-field.tsx';
import type { Visitor } from './use-visitor.ts';

/** Under which name one speaks: the account's, or a free one and the way to sign in. */
export function SpeakerLine(props: {
  visitor: Visitor;
  label: string;
  placeholder: string;
  fault?: string | undefined;
  field?: RefObject<HTMLInputElement | null>;
}) {
  const { visitor } = props;
  if (visitor.speaker.account) return <AccountLine visitor={visitor} label={props.label} />;
  return (
    <div className="speaker">
      <NameField
        person={visitor}
        label={props.label}
        placeholder={props.placeholder}
        fault={props.fault}
        {...(props.field ? { field: props.field } : {})}
      />
      {visitor.state.state === 'guest' && (
        <button
          type="button"
          className="link-button"
          onClick={() => visitor.ask(true)}
          data-testid="sign-in"
        >
          Sign in
        </button>
      )}
    </div>
  );
}

function AccountLine({ visitor, label }: { visitor: Visitor; label: string }) {
  const [fault, setFault] = useState(false);
  const { username } = visitor.speaker;
  const signOut = () =>
    visitor.session.signOut().then(
      () => setFault(false),
      () => setFault(true),
    );
  return (
    <div className="speaker" data-testid="speaker">
      <span>{label}</span>
      <span className="as">
        <Badge name={username} />
        <bdi data-testid="account-name">{username}</bdi>
      </span>
      {visitor.state.state === 'account' && (
        <button type="button" className="link-button" onClick={signOut} data-testid="sign-out">
          Sign out
        </button>
      )}
      {fault && (
        <span className="fault" role="alert">
          The server did not answer. You are still signed in.
        </span>
      )}
    </div>
  );
}
