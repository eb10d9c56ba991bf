import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import express from 'express';
import { isOwnProcess, ownProcessHeader } from '../http/own-process.ts';
import { bareAddress } from './bare-address.ts';

/** The address of the client of a request, as far as the proxies in between are trusted. */
export type AddressOf = (request: IncomingMessage) => string | undefined;

/** Makes the headers with which one service tells another the address of its client. */
export type ForwardedFor = (address: string | undefined) => Record<string, string>;

/** Splits TRUSTED_PROXIES into a list for Express. */
export function listProxies(trustedProxies: string): string[] {
  return trustedProxies
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** Opens the check whether an address is a trusted proxy's. */
export function openTrust(trustedProxies: string): (address: string) => boolean {
  const trust = express().set('trust proxy', listProxies(trustedProxies)).get('trust proxy fn');
  return (address) => trust(address, 0);
}

/**
 * Opens the lookup of a request's client: the socket's address or, in `X-Forwarded-For`, the last
 * address that is not a trusted proxy. A proxy that names no address (`unknown`) counts as the
 * client itself. With `ownSecret`, a request that shows the secret is trusted like one from a
 * proxy.
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

/** The addresses in `X-Forwarded-For`, the nearest first. */
function forwardedFor({ 'x-forwarded-for': header }: IncomingHttpHeaders): string[] {
  return (header === undefined ? [] : String(header).split(','))
    .filter((named) => named.trim() !== '')
    .reverse();
}

/**
 * Opens the headers that name the client of a request to another service. That service must trust
 * this one as a proxy, or share its secret.
 */
export function openForwardedFor(ownSecret?: string): ForwardedFor {
  return (address) => ({
    ...(address !== undefined && { 'X-Forwarded-For': address }),
    ...ownProcessHeader(ownSecret),
  });
}
