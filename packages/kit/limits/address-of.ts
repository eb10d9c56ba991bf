import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import express from 'express';
import { isOwnProcess, ownProcessHeader } from '../own-process.ts';
import { bareAddress } from './bare-address.ts';

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
 * trusted proxy has. Where a proxy names no address (`unknown`) it counts as its own. With
 * `ownSecret`, whoever shows it is trusted as a proxy is.
 */
export function openAddressOf(trustedProxies: string, ownSecret?: string): AddressOf {
  const trusts = openTrust(trustedProxies);
  return ({ socket, headers }) => {
    let address = bareAddress(socket.remoteAddress);
    let believed = isOwnProcess(headers, ownSecret);
    for (const named of forwardedFor(headers)) {
      if (!believed && !trusts(address ?? '')) return address;
      const next = bareAddress(named);
      if (next === undefined) return address;
      believed = false;
      address = next;
    }
    return address;
  };
}

/** What `X-Forwarded-For` names, the nearest first. */
function forwardedFor({ 'x-forwarded-for': header }: IncomingHttpHeaders): string[] {
  return (header === undefined ? [] : String(header).split(','))
    .filter((named) => named.trim() !== '')
    .reverse();
}

/** Opens the way to say for whom a part asks: whoever it asks has to trust it as a proxy, or to share its secret. */
export function openForwardedFor(ownSecret?: string): ForwardedFor {
  return (address) => ({
    ...(address !== undefined && { 'X-Forwarded-For': address }),
    ...ownProcessHeader(ownSecret),
  });
}
