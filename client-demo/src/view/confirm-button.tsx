import { useLayoutEffect, useRef, useState } from 'react';

/** A button that asks before it acts. The focus is on the safe answer, as in a dialog. */
export function ConfirmButton(props: {
  button: React.ReactNode;
  question: string;
  yes: string;
  no: string;
  onYes: () => void;
  testId: string;
}) {
  const [asking, setAsking] = useState(false);
  const safe = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (asking) safe.current?.focus();
  }, [asking]);
  if (!asking) {
    return (
      <button
        type="button"
        className="quiet-button"
        onClick={() => setAsking(true)}
        data-testid={props.testId}
      >
        {props.button}
      </button>
    );
  }
  const onYes = () => {
    setAsking(false);
    props.onYes();
  };
  return (
    <>
      <span className="question">{props.question}</span>
      <button
        type="button"
        className="quiet-button harm"
        onClick={onYes}
        data-testid={`${props.testId}-yes`}
      >
        {props.yes}
      </button>
      <button type="button" className="quiet-button" onClick={() => setAsking(false)} ref={safe}>
        {props.no}
      </button>
    </>
  );
}
