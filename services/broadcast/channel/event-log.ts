import type { ChatClient } from '@parley/kit/chat-client.ts';

/** The log as broadcast reads it: over HTTP, from any chat replica. */
export type EventLog = Pick<ChatClient, 'after' | 'newest' | 'heads'>;
