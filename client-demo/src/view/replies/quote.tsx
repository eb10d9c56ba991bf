import './replies.css';
import type { Message } from '@parley/client';

/** More of a text is not quoted. */
const QUOTED_MAX = 140;

/** A message in one line: its author and how its text begins. */
export function Quote({ message }: { message: Message | undefined }) {
  if (!message) return <>an earlier message</>;
  return (
    <>
      <bdi className="quoted-name">{message.username}</bdi>{' '}
      <bdi>{message.deleted ? 'deleted message' : message.message.slice(0, QUOTED_MAX)}</bdi>
    </>
  );
}
