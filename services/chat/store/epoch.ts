import { randomBytes } from 'node:crypto';

/** Makes a channel's epoch: twelve random digits, so that a repeat is practically impossible. */
export function newEpoch(): string {
  return randomBytes(6).toString('hex');
}
