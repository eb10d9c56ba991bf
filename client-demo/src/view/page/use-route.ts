import { useCallback, useEffect, useState } from 'react';
import { type Route, routeOfPath } from '../../channels/route.ts';

/** Goes to a path of the page without a reload. `replaces`: in place of the present entry of the history. */
export type Go = (path: string, replaces?: boolean) => void;

const here = () => routeOfPath(location.pathname, location.hash);

/** The route in the browser's address, a new object for each visit, and a function that goes to another. */
export function useRoute(): { route: Route; go: Go } {
  const [route, setRoute] = useState(here);
  useEffect(() => {
    const follow = () => setRoute(here());
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  const go = useCallback((next: string, replaces = false) => {
    if (replaces) history.replaceState(null, '', next);
    else if (next !== location.pathname + location.hash) history.pushState(null, '', next);
    setRoute(here());
  }, []);
  return { route, go };
}
