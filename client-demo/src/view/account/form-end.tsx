import { Fault } from '../fault.tsx';
import type { Submit } from './use-submit.ts';

/** What the server answered to a form that is done. */
export function Sent({ text }: { text: string }) {
  return (
    <p role="status" data-testid="account-sent">
      {text}
    </p>
  );
}

/** The server's objection to a form, and the form's button. */
export function FormEnd({ submit, button }: { submit: Submit; button: string }) {
  return (
    <>
      <Fault text={submit.fault} testId="account-fault" />
      <button
        type="submit"
        className="button"
        aria-disabled={submit.busy}
        data-testid="account-submit"
      >
        {button}
      </button>
    </>
  );
}
