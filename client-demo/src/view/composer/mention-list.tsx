import './mention-list.css';
import { Badge } from '../badge.tsx';
import type { MentionChoice } from './use-mention.ts';

/** The names that complete a mention, above the field. */
export function MentionList({ id, choice }: { id: string; choice: MentionChoice }) {
  const { names, active, choose } = choice;
  return (
    <>
      {names.length > 0 && (
        <div className="mention-list" role="listbox" id={id} aria-label="People">
          {names.map((name, index) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field (APG)
            <div
              key={name}
              role="option"
              id={`${id}-${index}`}
              aria-selected={index === active}
              onPointerDown={(event) => {
                event.preventDefault();
                choose(name);
              }}
            >
              <Badge name={name} />
              <bdi>{name}</bdi>
            </div>
          ))}
        </div>
      )}
      <span className="unseen" role="status">
        {names.length > 0 &&
          `${names.length} ${names.length === 1 ? 'name' : 'names'}, Tab chooses`}
      </span>
    </>
  );
}
