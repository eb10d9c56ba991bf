import type { Directory } from '../../channels/directory.ts';
import { pathOfChannel } from '../../channels/route.ts';
import { clockTime, wholeTime } from '../../history/clock-time.ts';
import { dayLabel, dayOf } from '../../history/day.ts';
import { markedParts } from '../../search/marked-parts.ts';
import type { SearchResult } from '../../search/search-api.ts';
import { ChannelName } from '../channels/channel-name.tsx';
import { useNamed } from '../channels/use-named.ts';
import { RouteLink } from '../page/route-link.tsx';
import type { Go } from '../page/use-route.ts';

/** A message that was found; the link leads to its place in the channel. */
export function SearchResultLink({
  result,
  directory,
  go,
}: {
  result: SearchResult;
  directory: Directory;
  go: Go;
}) {
  const named = useNamed(directory, result.channel);
  const { channel, seq, username, at, message, matches } = result;
  const day = dayLabel(dayOf(at), dayOf(new Date()));
  return (
    <RouteLink href={pathOfChannel(channel, seq)} go={go} data-testid="search-result">
      <span className="result-head">
        <bdi className="result-name">{username}</bdi> in <ChannelName named={named} />{' '}
        <time dateTime={at} title={wholeTime(at)}>
          {day}, {clockTime(at)}
        </time>
      </span>
      <span className="result-text" dir="auto">
        {markedParts(message, matches).map(({ text, marked }, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: a text does not move its parts
          marked ? <mark key={index}>{text}</mark> : text,
        )}
      </span>
    </RouteLink>
  );
}
