import { type Day, dayLabel } from '../../history/day.ts';

/** The name of the day, above its messages. */
export function DayName({ day, today }: { day: Day; today: Day }) {
  return (
    <time className="day-name" dateTime={day}>
      {dayLabel(day, today)}
    </time>
  );
}
