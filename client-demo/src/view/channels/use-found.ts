import { useState } from 'react';
import type { ChannelEntry } from '../../channels/channel-entry.ts';
import { findChannels } from '../../channels/find-channels.ts';

/** The channels that a typed text finds, and what the field for it needs. */
export function useFound(channels: readonly ChannelEntry[] = []) {
  const [text, setText] = useState('');
  const found = findChannels(channels, text);
  return { field: { text, setText, found: found.length }, found };
}
