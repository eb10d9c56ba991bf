import type { Access } from '@parley/contract/channels/access.ts';
import type { ChannelList } from '@parley/contract/channels/channel-list.ts';
import { AnswerError, requestJson, sendJson } from '../request-json.ts';

const pathOf = (channel: string) => `/chat/${encodeURIComponent(channel)}`;
const memberPath = (channel: string, name: string) =>
  `${pathOf(channel)}/members/${encodeURIComponent(name)}`;

/** Closes a channel or opens it again. Only administrators may. @throws AnswerError */
export function putClosed(channel: string, closed: boolean): Promise<void> {
  return sendJson(closed ? 'PUT' : 'DELETE', `${pathOf(channel)}/closed`);
}

/** Archives a channel: it is closed, and not listed. Only administrators may. @throws AnswerError */
export function archive(channel: string): Promise<void> {
  return sendJson('PUT', `${pathOf(channel)}/archived`, { archived: true });
}

/** Deletes a channel for everyone. Only administrators may. @throws AnswerError */
export function deleteChannel(channel: string): Promise<void> {
  return sendJson('DELETE', pathOf(channel));
}

/** Gives a channel another name. Its maker and administrators may. @throws AnswerError */
export function putName(channel: string, name: string): Promise<void> {
  return sendJson('PUT', `${pathOf(channel)}/name`, { name });
}

/** Who may enter a channel; undefined when the server does not show it. @throws AnswerError */
export async function readAccess(channel: string): Promise<Access | undefined> {
  try {
    return await requestJson<Access>(`${pathOf(channel)}/access`);
  } catch (error) {
    if (error instanceof AnswerError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** Makes a channel private or public. @throws AnswerError */
export function putPrivate(channel: string, isPrivate: boolean): Promise<Access> {
  return sendJson('PUT', `${pathOf(channel)}/access`, { private: isPrivate });
}

/** Whether there is a channel that the visitor may read. @throws AnswerError */
export async function isListed(channel: string): Promise<boolean> {
  const query = new URLSearchParams({ channel, unread: '0' });
  return (await requestJson<ChannelList>(`/chat?${query}`)).channels.length > 0;
}

/** Whether the visitor may read a channel, which may have no event yet. @throws AnswerError */
export async function isReadable(channel: string): Promise<boolean> {
  if (await isListed(channel)) return true;
  // The server shows this to the maker of a public channel without events.
  try {
    return (await readAccess(channel))?.private === false;
  } catch (error) {
    // Its page moves to the new address.
    return error instanceof AnswerError && error.code === 'renamed';
  }
}

/** Makes a private channel with a name that no channel has. @throws AnswerError */
export async function makePrivateChannel(channel: string): Promise<void> {
  const detail = `There is a channel #${channel} already. Choose another name.`;
  if (await isListed(channel)) throw new AnswerError(409, { detail });
  await putPrivate(channel, true).catch((error: unknown) => {
    // A private channel of other people has the name.
    const isTaken = error instanceof AnswerError && error.code === 'not-found';
    throw isTaken ? new AnswerError(409, { detail }) : error;
  });
}

/** Adds a member to a private channel. @throws AnswerError */
export function addMember(channel: string, name: string): Promise<void> {
  return sendJson('PUT', memberPath(channel, name));
}

/** Removes a member, who may be the visitor, from a private channel. @throws AnswerError */
export function removeMember(channel: string, name: string): Promise<void> {
  return sendJson('DELETE', memberPath(channel, name));
}

/** The name of the direct channel of the visitor and these people. @throws AnswerError */
export async function openDirect(names: readonly string[]): Promise<string> {
  return (await sendJson<Access>('POST', '/direct', { with: names })).channel;
}
