import { useEffect } from 'react';

/** Sets the title of the browser's tab, with the number of unread messages in front. */
export function useTitle(title: string, unread = 0): void {
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${title}` : title;
  }, [title, unread]);
}
