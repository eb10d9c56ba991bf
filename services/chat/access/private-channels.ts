import { randomBytes } from 'node:crypto';
import { foldName } from '@parley/contract/accounts/fold.ts';
import { accountIdOf } from '@parley/contract/accounts/subject.ts';
import { type Access, PEOPLE_MAX } from '@parley/contract/channels/access.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import { type Identity, requireSubject } from '@parley/kit/tokens/identity.ts';
import { EVERY_PRIVATE_CHANNEL } from '@parley/kit/viewer.ts';
import { actOf } from '../accounts/act-of.ts';
import { NO_CHANNEL } from '../log/refusal.ts';
import type { OpenedStore } from '../store/opened-store.ts';
import type { AccessChange, AccessOutcome, Actor, ChannelAccess } from '../store/people/access.ts';
import type { Account } from '../store/people/accounts.ts';
import type { AuditDraft } from '../store/people/audit.ts';
import { findAccount } from '../store/people/find-account.ts';
import { announceAccess } from './announce-access.ts';

const DIRECT_BYTES = 16;

/** Private channels: who may enter them, and who may change that. */
export class PrivateChannels {
  readonly #store: Pick<OpenedStore, 'access' | 'accounts'>;
  readonly #bus: Bus;
  readonly #clock: () => number;

  constructor(store: Pick<OpenedStore, 'access' | 'accounts'>, bus: Bus, clock: () => number) {
    this.#store = store;
    this.#bus = bus;
    this.#clock = clock;
  }

  /**
   * The access of a channel, for its members, administrators and services.
   * @throws ChatError `unauthenticated`, or `not-found` for everyone else
   */
  async access(channel: string, identity: Identity): Promise<Access> {
    requireSubject(identity, 'see who may enter a channel');
    const found = await this.#store.access.find(channel);
    const account = accountIdOf(identity.subject);
    if (!found || !mayKnow(found, identity, account)) throw noChannel();
    return accessOf(found, { account, admin: identity.admin });
  }

  /**
   * Makes a channel private or public.
   * @throws ChatError `unauthenticated`, `forbidden`, `muted`, or `not-found`
   */
  async setPrivate(channel: string, identity: Identity, isPrivate: boolean): Promise<Access> {
    const by = actorOf(identity);
    const act = isPrivate ? 'make-private' : 'make-public';
    const audit = this.#auditOf(identity, { act, channel });
    await this.#change({ channel, by, private: isPrivate, at: this.#clock(), ...audit });
    const found = await this.#store.access.find(channel);
    if (!found) throw noChannel();
    return accessOf(found, by);
  }

  /**
   * Adds a member, or removes one, who may be the caller.
   * @throws ChatError `unauthenticated`, `forbidden`, `muted`, `not-found` or `too-many-members`
   */
  async changeMember(
    what: 'add' | 'remove',
    { channel, name, identity }: { channel: string; name: string; identity: Identity },
  ): Promise<void> {
    const by = actorOf(identity);
    const found = await this.#store.access.find(channel);
    // Whether there is such an account is answered only to those who may know of the channel.
    if (!found || !(by.admin || !found.private || isMember(found, by.account))) throw noChannel();
    const { id, username: whom } = await findAccount(this.#store.accounts, name);
    const audit = this.#auditOf(identity, { act: `${what}-member`, channel, whom });
    const member = what === 'add' ? { add: id } : { remove: id };
    await this.#change({ channel, by, ...member, at: this.#clock(), ...audit });
  }

  /**
   * The direct channel of the caller and the named people. It is made when there is none.
   * @throws ChatError `unauthenticated`, `forbidden`, or `not-found` for a name without an account
   */
  async direct(identity: Identity, names: string[]): Promise<Access & { made: boolean }> {
    const caller = accountIdOf(requireSubject(identity, 'write to people'));
    if (caller === undefined) throw new ChatError('forbidden', 'Only accounts write to people.');
    const name = `direct-${randomBytes(DIRECT_BYTES).toString('hex')}`;
    if (!identity.mayPublish(name) || !identity.maySubscribe(name)) {
      throw new ChatError(
        'forbidden',
        'Accounts may not use channels that begin with direct- here.',
      );
    }
    const others = await Promise.all(names.map((one) => this.#accountOf(one)));
    const people = [...new Set([caller, ...others.map(({ id }) => id)])].slice(0, PEOPLE_MAX);
    const { channel, made } = await this.#store.access.direct(people, name, this.#clock());
    if (made) await announceAccess(this.#bus, { channel, change: 'members' });
    const found = await this.#store.access.find(channel);
    if (!found) throw noChannel();
    return { ...accessOf(found, { account: caller, admin: identity.admin }), made };
  }

  /** The entry of an administrator's act; none of another client. */
  #auditOf(
    identity: Identity,
    act: Pick<AuditDraft, 'act' | 'channel' | 'whom'>,
  ): Pick<AccessChange, 'audit'> {
    return identity.admin ? { audit: actOf(identity, this.#clock(), act) } : {};
  }

  async #change(change: AccessChange): Promise<void> {
    const outcome = await this.#store.access.change(change);
    if ('refused' in outcome) throw refusalOf(outcome.refused);
    const { changed } = outcome;
    if (changed) await announceAccess(this.#bus, { channel: change.channel, change: changed });
  }

  /** The account of a name that is no longer than a name may be. */
  async #accountOf(name: string): Promise<Account> {
    const account = await this.#store.accounts.find({ nameKey: foldName(name) });
    if (account) return account;
    throw new ChatError('not-found', `There is no account ${name}.`);
  }
}

/** Who asks for a change of a channel. @throws ChatError `unauthenticated` or `forbidden` */
export function actorOf(identity: Identity, what = 'change who may enter a channel'): Actor {
  const account = accountIdOf(requireSubject(identity, what));
  if (account !== undefined || identity.admin) return { account, admin: identity.admin };
  throw new ChatError('forbidden', `Only accounts and administrators ${what}.`);
}

/** True when someone with the right to read a channel's name may read the channel. */
export function mayRead(
  found: ChannelAccess,
  identity: Identity,
  account: string | undefined,
): boolean {
  if (!found.private || isMember(found, account)) return true;
  return identity.readerOf(found.channel) === EVERY_PRIVATE_CHANNEL;
}

function isMember({ members }: ChannelAccess, account: string | undefined): boolean {
  return members.some(({ id }) => id === account);
}

function mayKnow(found: ChannelAccess, identity: Identity, account: string | undefined): boolean {
  if (identity.admin || isMember(found, account)) return true;
  if (!found.private && account !== undefined && found.maker === account) return true;
  return identity.readerOf(found.channel) === EVERY_PRIVATE_CHANNEL;
}

function accessOf(
  { channel, private: isPrivate, direct, maker, members }: ChannelAccess,
  by: Actor,
): Access {
  const mayChange = !direct && (by.admin || (by.account !== undefined && by.account === maker));
  return {
    channel,
    private: isPrivate,
    members: members.map(({ username }) => username).sort(),
    ...(mayChange && { mayChange }),
  };
}

function noChannel(): ChatError {
  return new ChatError('not-found', NO_CHANNEL);
}

function refusalOf(refused: Extract<AccessOutcome, { refused: string }>['refused']): ChatError {
  if (refused === 'not-found') return noChannel();
  if (refused === 'muted') {
    return new ChatError(
      'muted',
      'You are muted in this channel for a time, and cannot change who may enter it until then.',
    );
  }
  if (refused === 'too-many-members') {
    return new ChatError('too-many-members', 'The channel has as many members as it may have.');
  }
  return new ChatError(
    'forbidden',
    'Only the maker of a channel and administrators change who may enter it; the people of a direct channel never change.',
  );
}
