import { useEffect, useRef } from 'react';
import { type NamedChannel, titleOf } from '../../channels/channel-entry.ts';

/**
 * Calls `onLost` once when the visitor cannot read a channel any more: the stream was cut, or a private
 * channel is not in the list now. `isListed`: private channels of the visitor are in the list.
 */
export function useLost(
  named: NamedChannel,
  {
    isCut,
    isListed,
    onLost,
  }: {
    isCut: boolean;
    isListed: boolean;
    onLost: (title: string, isCut: boolean) => void;
  },
): void {
  const listed = useRef<NamedChannel>(undefined);
  if (named.private) listed.current = named;
  // Another visitor's list says nothing about this one.
  if (!isListed) listed.current = undefined;
  const isLost = isCut || (isListed && listed.current !== undefined && !named.private);
  const title = titleOf(listed.current ?? named);
  const call = useRef(onLost);
  call.current = onLost;
  useEffect(() => {
    if (isLost) call.current(title, isCut);
  }, [isLost, isCut, title]);
}
