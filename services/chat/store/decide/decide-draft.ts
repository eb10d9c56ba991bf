import { unknownKind } from '../event-row.ts';
import type { Draft } from '../store.ts';
import { type Channel, type Decision, decideClosing, decidePost, type Found } from './decide.ts';
import { decideDelete, decideEdit, decideReaction, decideVote } from './decide-change.ts';

/** Decides a draft by what was found for it. Changes none of its arguments. */
export function decide(channel: Channel, draft: Draft, found: Found): Decision {
  switch (draft.kind) {
    case 'message':
    case 'event':
      return decidePost(channel, draft, found);
    case 'vote':
      return decideVote(channel, draft, found);
    case 'reaction':
      return decideReaction(channel, draft, found);
    case 'edit':
      return decideEdit(channel, draft, found);
    case 'delete':
      return decideDelete(channel, draft, found);
    case 'close':
    case 'reopen':
      return decideClosing(channel, draft);
    default:
      throw unknownKind(draft);
  }
}
