import type { IncomingMessage } from 'node:http';
import express from 'express';
import { isOwnProcess, ownProcessHeader } from '../own-process.ts';

/** The address of whoever makes a request, as far as those in between are believed. */
export type AddressOf = (request: IncomingMessage) => string | undefined;

/** Makes the headers that say for whom a part asks another. */
export type ForwardedFor = (address: string | undefined) => Record<string, string>;

/** How Express reads TRUSTED_PROXIES. */
export function listProxies(trustedProxies: string): string[] {
  return trustedProxies
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** Whether an address is a trusted proxy's. */
export function openTrust(trustedProxies: string): (address: string) => boolean {
  const trust = express().set('trust proxy', listProxies(trustedProxies)).get('trust proxy fn');
  return (address) => trust(address, 0);
}

/**
 * Opens the search for who asks: the socket's address, or in `X-Forwarded-For` the last that no
 * trusted proxy has. With `ownSecret`, whoever shows it is trusted as a proxy is.
 */
export function openAddressOf(trustedProxies: string, ownSecret?: string): AddressOf {
  const trusts = openTrust(trustedProxies);
  return ({ socket, headers }) => {
    const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
    let address = socket.remoteAddress;
    let believed = isOwnProcess(headers, ownSecret);
    for (let next = forwarded.pop()?.trim(); next; next = forwarded.pop()?.trim()) {
      if (!believed && !trusts(address ?? '')) return address;
      believed = false;
      address = next;
    }
    return address;
  };
}

/** Opens the way to say for whom a part asks: whoever it asks has to trust it as a proxy, or to share its secret. */
export function openForwardedFor(ownSecret?: string): ForwardedFor {
  return (address) => ({
    ...(address !== undefined && { 'X-Forwarded-For': address }),
    ...ownProcessHeader(ownSecret),
  });
}
