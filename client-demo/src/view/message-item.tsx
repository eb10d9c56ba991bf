import './message-item.css';
import { memo } from 'react';
import { clockTime, wholeTime } from '../clock-time.ts';
import type { ListedMessage } from '../day-messages.ts';
import { nameHue } from '../name-hue.ts';
import { Badge } from './badge.tsx';

/** One message: who, when, what. */
export const MessageItem = memo(function MessageItem({ event, continues }: ListedMessage) {
  return (
    <li
      className={continues ? 'message continues' : 'message'}
      data-testid="message"
      data-seq={event.seq}
    >
      <Badge name={event.username} />
      <p className="said-by">
        <bdi className="name" data-hue={nameHue(event.username)} data-testid="message-name">
          {event.username}
        </bdi>{' '}
        <time dateTime={event.at} title={wholeTime(event.at)}>
          {clockTime(event.at)}
        </time>
      </p>
      <p className="text" dir="auto" data-testid="message-text">
        {event.message}
      </p>
    </li>
  );
});
