import { useCallback, useEffect, useState } from 'react';
import { type Route, routeOfPath } from '../../channels/route.ts';

/** Goes to a path of the page without a reload. */
export type Go = (path: string) => void;

/** The route in the browser's address, and a function that goes to another. */
export function useRoute(): { route: Route; go: Go } {
  const [path, setPath] = useState(() => location.pathname);
  useEffect(() => {
    const follow = () => setPath(location.pathname);
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  const go = useCallback((next: string) => {
    if (next !== location.pathname) history.pushState(null, '', next);
    setPath(location.pathname);
  }, []);
  return { route: routeOfPath(path), go };
}
