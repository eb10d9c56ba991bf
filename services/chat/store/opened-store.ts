import type { AccountStore } from './accounts.ts';
import type { AuditStore } from './audit.ts';
import type { InboxStore } from './inbox-store.ts';
import type { LinkStore } from './links.ts';
import type { MuteStore } from './mutes.ts';
import type { ReadStore } from './read/read-store.ts';
import type { RoomStore } from './rooms/rooms.ts';
import type { SearchStore } from './search.ts';
import type { Store } from './store.ts';
import type { TicketStore } from './tickets.ts';

/** An opened database: the log, its index of words, and what else chat keeps. */
export interface OpenedStore extends Store {
  accounts: AccountStore;
  audit: AuditStore;
  inbox: InboxStore;
  links: LinkStore;
  mutes: MuteStore;
  reads: ReadStore;
  rooms: RoomStore;
  search: SearchStore;
  tickets: TicketStore;
}
