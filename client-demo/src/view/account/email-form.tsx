import { useEffect, useId, useState } from 'react';
import { changeEmail, readEmail } from '../../account/email-api.ts';
import { faultText } from '../../request-json.ts';
import { Fault } from '../fault.tsx';
import { AccountField, CurrentPasswordField } from './account-field.tsx';
import { FormEnd, Sent } from './form-end.tsx';
import { useSubmit } from './use-submit.ts';

/** Changes the e-mail address of the account; the new one is used when its owner confirms it. */
export function EmailForm({ onDone }: { onDone?: () => void }) {
  const id = useId();
  const [known, setKnown] = useState<{ email: string; emailConfirmed: boolean }>();
  const [fault, setFault] = useState<string>();
  const [sent, setSent] = useState<string>();
  useEffect(() => {
    readEmail().then(setKnown, (error) => setFault(faultText(error)));
  }, []);
  const submit = useSubmit(async (field) => {
    const detail = await changeEmail(field('password'), field('email'));
    if (detail === undefined) onDone?.();
    else setSent(detail);
  });
  const hint = known?.emailConfirmed
    ? 'Confirmed.'
    : known?.email && 'Not confirmed: send it to get a link.';
  return (
    <form className="account-form" onSubmit={submit.onSubmit} aria-labelledby={id}>
      <h2 id={id}>Your e-mail address</h2>
      <Fault text={fault} />
      {sent !== undefined && <Sent text={sent} />}
      {known && sent === undefined && (
        <>
          <AccountField
            name="email"
            label="E-mail address (empty for none)"
            type="email"
            autoComplete="email"
            required={false}
            defaultValue={known.email}
            {...(hint && { hint })}
          />
          <CurrentPasswordField label="Current password" />
          <FormEnd submit={submit} button="Change the address" />
        </>
      )}
    </form>
  );
}
