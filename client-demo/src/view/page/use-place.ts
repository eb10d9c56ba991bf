import { useCallback, useEffect, useState } from 'react';
import { type Place, placeOfPath } from '../../channels/place.ts';

/** Goes to a path of the page without a reload. */
export type Go = (path: string) => void;

/** The place in the browser's address, and a function that goes to another. */
export function usePlace(): { place: Place; go: Go } {
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
  return { place: placeOfPath(path), go };
}
