/** Says what went wrong, also to a screen reader; nothing without a text. */
export function Fault(props: { text: string | undefined; id?: string; testId?: string }) {
  if (props.text === undefined) return null;
  return (
    <p className="fault" id={props.id} role="alert" data-testid={props.testId}>
      {props.text}
    </p>
  );
}
