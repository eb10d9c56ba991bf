import type { RemovalStore } from './channels/removal.ts';
import type { RenamingStore } from './channels/renaming.ts';
import type { InboxStore } from './inbox-store.ts';
import type { AccessStore } from './people/access.ts';
import type { AccountStore } from './people/accounts.ts';
import type { AuditStore } from './people/audit.ts';
import type { LinkStore } from './people/links.ts';
import type { MuteStore } from './people/mutes.ts';
import type { TicketStore } from './people/tickets.ts';
import type { ReadPositionStore } from './read-positions/read-position-store.ts';
import type { SearchStore } from './search.ts';
import type { Store } from './store.ts';

/** An opened database: the log, its index of words, and what else chat keeps. */
export interface OpenedStore extends Store {
  accounts: AccountStore;
  audit: AuditStore;
  inbox: InboxStore;
  links: LinkStore;
  mutes: MuteStore;
  readPositions: ReadPositionStore;
  access: AccessStore;
  removal: RemovalStore;
  renaming: RenamingStore;
  search: SearchStore;
  tickets: TicketStore;
}
