import { type Day, dayLabel } from '../day.ts';

/** Names the day of the messages under it. */
export function DayName({ day, today }: { day: Day; today: Day }) {
  return (
    <time className="day-name" dateTime={day}>
      {dayLabel(day, today)}
    </time>
  );
}
