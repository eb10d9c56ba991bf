import type { ComponentProps, MouseEvent } from 'react';
import type { Go } from './use-route.ts';

/** A link within the page. A plain click follows it without a reload. */
export function RouteLink({
  href,
  go,
  ...rest
}: Omit<ComponentProps<'a'>, 'href' | 'onClick'> & { href: string; go: Go }) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
