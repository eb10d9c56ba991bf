import { type FormEvent, useState } from 'react';
import { faultText } from '../../request-json.ts';

/** The state of a form that is being sent. */
export interface Submit {
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
  busy: boolean;
  /** Why the server refused it. */
  fault: string | undefined;
  forgive: () => void;
}

/** Sends a form, once at a time; `send` reads the form's fields by name. */
export function useSubmit(
  send: (field: (name: string) => string) => Promise<void>,
  onDone?: () => void,
): Submit {
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (form: HTMLFormElement) => {
    const given = new FormData(form);
    setBusy(true);
    setFault(undefined);
    try {
      await send((name) => String(given.get(name) ?? ''));
      onDone?.();
    } catch (error) {
      setFault(faultText(error));
    } finally {
      setBusy(false);
    }
  };
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!busy) void submit(event.currentTarget);
  };
  return { onSubmit, busy, fault, forgive: () => setFault(undefined) };
}
