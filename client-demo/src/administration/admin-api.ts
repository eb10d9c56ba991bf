import type { InvitationList } from '@parley/contract/accounts/personal-link.ts';
import type { ChannelList } from '@parley/contract/channels/channel-list.ts';
import type { MuteList } from '@parley/contract/channels/mute.ts';
import type { StreamList } from '@parley/contract/streams/stream-list.ts';
import { requestJson, sendJson } from '../request-json.ts';

/** An account as administrators see it. */
export interface ListedAccount {
  username: string;
  email: string;
  admin: boolean;
  at: string;
  suspendedAt?: string;
}

/** An act of an administrator. */
export interface Act {
  id: number;
  at: string;
  by: string;
  name?: string;
  act: string;
  whom?: string;
  channel?: string;
  detail?: string;
}

/** An invitation that can be used. */
export type Invitation = InvitationList['invitations'][number];

/** An account that is muted in a channel. */
export type Mute = MuteList['muted'][number];

/** Until when an account is muted; without a time the mute ends. */
export type MuteChange = Pick<Mute, 'username'> & Partial<Mute>;

/** A part of a list, and where the next part begins; null at the end. */
export interface ListPart<T> {
  items: T[];
  next: string | null;
}

/** A link for a person, which the server shows once. */
export interface PersonLink {
  link: string;
  expiresAt: string;
}

const PAGE = 100;

/** The accounts whose names begin with a text, by their names. @throws AnswerError */
export async function listAccounts(
  name: string,
  after: string | undefined,
): Promise<ListPart<ListedAccount>> {
  const query = new URLSearchParams({ name, limit: String(PAGE), after: after ?? '' });
  const page = await requestJson<{ users: ListedAccount[]; next: string | null }>(
    `/users?${query}`,
  );
  return { items: page.users, next: page.next };
}

/** The acts, the newest first. @throws AnswerError */
export async function listActs(before: string | undefined): Promise<ListPart<Act>> {
  const from = before ?? String(Number.MAX_SAFE_INTEGER);
  const page = await requestJson<{ entries: Act[]; next: number | null }>(
    `/audit?before=${from}&limit=${PAGE}`,
  );
  return { items: page.entries.toReversed(), next: page.next === null ? null : String(page.next) };
}

/** Suspends an account, or ends that. @throws AnswerError */
export function putSuspended(username: string, suspended: boolean): Promise<void> {
  const path = `/users/${encodeURIComponent(username)}/suspended`;
  return sendJson(suspended ? 'POST' : 'DELETE', path);
}

/** A link by which the owner of an account sets a new password. @throws AnswerError */
export function makeResetLink(username: string): Promise<PersonLink> {
  return sendJson('POST', `/users/${encodeURIComponent(username)}/reset-link`);
}

/** A link by which `uses` people make accounts, mailed to an address if there is one. @throws AnswerError */
export function invite(uses: number, email: string): Promise<PersonLink> {
  return sendJson('POST', '/invitations', { uses, ...(email !== '' && { email }) });
}

/** The invitations that can be used. @throws AnswerError */
export async function listInvitations(after: string | undefined): Promise<ListPart<Invitation>> {
  const query = new URLSearchParams({ limit: String(PAGE), after: after ?? '' });
  const page = await requestJson<InvitationList>(`/invitations?${query}`);
  return { items: page.invitations, next: page.next };
}

/** Takes an invitation back. @throws AnswerError */
export function withdraw(id: string): Promise<void> {
  return sendJson('DELETE', `/invitations/${encodeURIComponent(id)}`);
}

/** The accounts that are muted in a channel. @throws AnswerError */
export async function listMuted(channel: string): Promise<ListPart<Mute>> {
  const { muted } = await requestJson<MuteList>(mutedPath(channel));
  return { items: muted, next: null };
}

/** Mutes an account in a channel until a time (ISO 8601), or ends that. @throws AnswerError */
export function putMuted(channel: string, { username, until }: MuteChange): Promise<void> {
  const path = `${mutedPath(channel)}/${encodeURIComponent(username)}`;
  return until === undefined ? sendJson('DELETE', path) : sendJson('PUT', path, { until });
}

/** The channels with the most streams, and their readers. @throws AnswerError */
export async function listStreams(): Promise<ListPart<StreamList['channels'][number]>> {
  const { channels } = await requestJson<StreamList>(`/broadcast/metrics?limit=${PAGE}`);
  return { items: channels, next: null };
}

/** The archived channels by name, among the next channels. @throws AnswerError */
export async function listArchived(after = ''): Promise<ListPart<ChannelList['channels'][number]>> {
  const query = new URLSearchParams({ archived: '1', unread: '0', limit: '1000', after });
  const { channels, next } = await requestJson<ChannelList>(`/chat?${query}`);
  return { items: channels.filter(({ archived }) => archived), next };
}

const mutedPath = (channel: string) => `/chat/${encodeURIComponent(channel)}/muted`;
