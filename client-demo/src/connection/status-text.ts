import { clockTime, clockTimeWithSeconds } from '../history/clock-time.ts';
import type { Status } from './status.ts';

/** The state of the connection as a text. */
export function statusText(status: Status): string {
  switch (status.state) {
    case 'connecting':
      return 'Connecting…';
    case 'live':
      return 'Live';
    case 'reconnecting':
      return `Reconnecting since ${clockTimeWithSeconds(status.since)}`;
    case 'resumed':
      return `Live. Resumed ${clockTime(status.at)}: ${missedText(status.missed)}`;
  }
}

function missedText(missed: number): string {
  if (missed === 0) return 'nothing missed';
  if (missed === 1) return '1 message that came while you were away';
  return `${missed} messages that came while you were away`;
}
