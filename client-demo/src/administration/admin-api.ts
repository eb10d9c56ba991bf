import type { Presence } from '@parley/client';
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

/** The accounts by their names. @throws AnswerError */
export async function listAccounts(after: string | undefined): Promise<ListPart<ListedAccount>> {
  const query = new URLSearchParams({ limit: String(PAGE), ...(after !== undefined && { after }) });
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

/** A link by which `uses` people make accounts. @throws AnswerError */
export function invite(uses: number): Promise<PersonLink> {
  return sendJson('POST', '/invitations', { uses });
}

/** Who reads a channel now. @throws AnswerError */
export function readPresence(channel: string): Promise<Presence> {
  return requestJson(`/broadcast/${encodeURIComponent(channel)}/presence`);
}
