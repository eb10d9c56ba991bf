import './new-line.css';

/** Separates the messages that the reader knows from those since then. */
export function NewLine() {
  return (
    <h3 className="new-line" data-testid="new-line">
      New
    </h3>
  );
}
