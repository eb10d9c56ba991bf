import { useEffect, useState } from 'react';
import { type Day, dayOf, msUntilTomorrow } from '../../history/day.ts';

/** The current day in the reader's time zone; it changes at midnight. */
export function useToday(): Day {
  const [today, setToday] = useState(() => dayOf(new Date()));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const follow = () => {
      const now = new Date();
      setToday(dayOf(now));
      timer = setTimeout(follow, msUntilTomorrow(now) + 50);
    };
    follow();
    return () => clearTimeout(timer);
  }, []);
  return today;
}
