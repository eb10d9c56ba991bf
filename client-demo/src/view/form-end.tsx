import type { Submit } from './use-submit.ts';

/** What the server has against a form, and its button. */
export function FormEnd({ submit, button }: { submit: Submit; button: string }) {
  return (
    <>
      {submit.fault !== undefined && (
        <p className="fault" role="alert" data-testid="account-fault">
          {submit.fault}
        </p>
      )}
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
