import './author-line.css';
import type { RefObject } from 'react';
import { AccountMenu } from '../account/account-menu.tsx';
import type { Visitor } from '../account/use-visitor.ts';
import { Badge } from '../badge.tsx';
import { NameField } from './name-field.tsx';

/** The name to post under: the account's, or a guest's name and a button to sign in. */
export function AuthorLine(props: {
  visitor: Visitor;
  label: string;
  placeholder: string;
  fault?: string | undefined;
  field?: RefObject<HTMLInputElement | null>;
}) {
  const { visitor } = props;
  if (visitor.author.account) return <AccountLine visitor={visitor} label={props.label} />;
  return (
    <div className="author-line">
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
          onClick={() => visitor.ask('sign-in')}
          data-testid="sign-in"
        >
          Sign in
        </button>
      )}
    </div>
  );
}

function AccountLine({ visitor, label }: { visitor: Visitor; label: string }) {
  const { username } = visitor.author;
  return (
    <div className="author-line" data-testid="author">
      <span>{label}</span>
      {visitor.state.state === 'account' ? (
        <AccountMenu visitor={visitor} />
      ) : (
        <span className="as">
          <Badge name={username} />
          <bdi>{username}</bdi>
        </span>
      )}
    </div>
  );
}
