import { useId } from 'react';
import type { PersonLink } from '../../administration/admin-api.ts';
import { wholeTime } from '../../history/clock-time.ts';

/** A link that was just made, to copy: the server shows it only once. */
export function MadeLink({ label, made }: { label: string; made: PersonLink }) {
  const id = useId();
  return (
    <p className="made-link" role="status" data-testid="made-link">
      <label htmlFor={id}>
        {label} Valid until {wholeTime(made.expiresAt)}; it is shown only here.
      </label>
      <input
        id={id}
        readOnly
        dir="ltr"
        value={made.link}
        onFocus={({ target }) => target.select()}
      />
    </p>
  );
}
