import { type Day, dayLabel } from '../day.ts';

/** Names the day of the messages under it. */
export function DaySeparator({ day, today }: { day: Day; today: Day }) {
  return (
    <h2 className="day-name">
      <time dateTime={day}>{dayLabel(day, today)}</time>
    </h2>
  );
}
