import { type ComponentProps, useId } from 'react';

/** A field of an account's form, required unless it says otherwise. */
export function AccountField({
  label,
  hint,
  ...input
}: ComponentProps<'input'> & { name: string; label: string; hint?: string }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        data-testid={`account-${input.name}`}
        autoCapitalize="none"
        spellCheck="false"
        required
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        {...input}
      />
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

/** The password of an account that exists. */
export function CurrentPasswordField({ label }: { label: string }) {
  return (
    <AccountField name="password" label={label} type="password" autoComplete="current-password" />
  );
}

/** The new password of an account that has one. */
export function NewPasswordField() {
  return (
    <AccountField
      name="newPassword"
      label="New password"
      type="password"
      autoComplete="new-password"
      minLength={8}
      hint="At least 8 characters. You are signed out everywhere else."
    />
  );
}
