/** A button with a picture, whose label is read and shown as a hint. `path` is drawn in 20 x 20. */
export function IconButton(props: {
  label: string;
  path: string;
  onClick: () => void;
  testId: string;
}) {
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={props.label}
      title={props.label}
      onClick={props.onClick}
      data-testid={props.testId}
    >
      <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
        <path d={props.path} />
      </svg>
    </button>
  );
}
