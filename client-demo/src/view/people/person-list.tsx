import { Badge } from '../badge.tsx';

/** People by their names; `onRemove` takes another one than the visitor away. */
export function PersonList(props: {
  names: readonly string[];
  own?: string | undefined;
  onRemove?: ((name: string) => void) | undefined;
}) {
  const { own, onRemove } = props;
  return (
    <ul className="person-list">
      {props.names.map((name) => (
        <li key={name} data-testid="member">
          <Badge name={name} />
          <bdi>{name}</bdi>
          {name === own && <small>you</small>}
          {onRemove && name !== own && (
            <button
              type="button"
              className="link-button"
              onClick={() => onRemove(name)}
              aria-label={`Remove ${name}`}
            >
              Remove
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
