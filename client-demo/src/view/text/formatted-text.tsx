import './formatted-text.css';
import { Fragment, type ReactNode, useMemo } from 'react';
import type { Block, Inline } from '../../text/formatted-text.ts';
import { parseText } from '../../text/parse-text.ts';
import { useSettings } from '../settings/use-settings.ts';

/** A text that a person wrote, formatted if the reader wants it. React escapes all of it. */
export function FormattedText({ text }: { text: string }) {
  const [{ formatting }] = useSettings();
  return useMemo(() => (formatting ? keyed(parseText(text), block) : text), [formatting, text]);
}

function block(part: Block): ReactNode {
  if (part.kind === 'lines') return keyed(part.content, inline);
  if (part.kind === 'code') {
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys scroll a wide block
      <pre dir="ltr" tabIndex={0}>
        <code>{part.text}</code>
      </pre>
    );
  }
  const List = part.ordered ? 'ol' : 'ul';
  return (
    <List>
      {keyed(part.items, ({ number, content }) => (
        <li value={number}>{keyed(content, inline)}</li>
      ))}
    </List>
  );
}

function inline(part: Inline): ReactNode {
  if (typeof part === 'string') return part;
  if (part.kind === 'code') return <code dir="ltr">{part.text}</code>;
  if (part.kind !== 'link') {
    const Emphasis = part.kind;
    return <Emphasis>{keyed(part.content, inline)}</Emphasis>;
  }
  return (
    <>
      <a href={part.href} target="_blank" rel="noopener noreferrer nofollow ugc" dir="ltr">
        {part.text}
      </a>
      {part.address !== undefined && (
        <small className="address" dir="ltr">
          {' '}
          ({part.address})
        </small>
      )}
    </>
  );
}

/** The parts of a text have no names of their own; their places are their keys. */
function keyed<T>(parts: readonly T[], show: (part: T) => ReactNode): ReactNode {
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a text does not move its parts
    <Fragment key={index}>{show(part)}</Fragment>
  ));
}
