import { parseChannel } from '@parley/contract/channels/channel.ts';
import { suggestChannel } from '@parley/contract/channels/channel-suggestion.ts';
import type { Report } from './report.ts';

const NAME_MAX = 64;

/**
 * Opens the names that channels of another chat get here: their own, or the nearest valid name. A name
 * that another channel of the export has gets a number. The report lists the names that differ.
 */
export function openChannelNames(prefix: string, report: Report): (source: string) => string {
  const taken = new Set<string>();
  return (source) => {
    const wanted = `${prefix}${source}`;
    const nearest = isChannel(wanted) ? parseChannel(wanted) : suggestChannel(wanted, isChannel);
    const name = free(nearest ?? 'channel', taken);
    taken.add(name.toLowerCase());
    if (name !== wanted) report.change('channels have another name', `${source} is ${name}`);
    return name;
  };
}

function isChannel(name: string): boolean {
  try {
    parseChannel(name);
    return true;
  } catch {
    return false;
  }
}

function free(name: string, taken: Set<string>): string {
  for (let n = 1; ; n++) {
    const ending = n === 1 ? '' : `-${n}`;
    const next = `${[...name].slice(0, NAME_MAX - ending.length).join('')}${ending}`;
    if (!taken.has(next.toLowerCase())) return next;
  }
}
