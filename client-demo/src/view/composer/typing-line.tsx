import './typing-line.css';

/** Up to this number, all names are shown. */
const MOST_NAMES = 3;

/** Who writes a message now. It moves nothing when it comes and goes. */
export function TypingLine({ names }: { names: readonly string[] }) {
  const shown = names.slice(-MOST_NAMES);
  if (shown.length === 0) return null;
  const others = names.length - shown.length;
  return (
    <div className="typing">
      <p data-testid="typing">
        {shown.map((name, i) => (
          <span key={name}>
            {i > 0 && (i === shown.length - 1 && others === 0 ? ' and ' : ', ')}
            <bdi>{name}</bdi>
          </span>
        ))}
        {others > 0 && ` and ${others} more`}
        {names.length === 1 ? ' is typing' : ' are typing'}
      </p>
    </div>
  );
}
