import { readFile } from 'node:fs/promises';
import { SocketAddress } from 'node:net';

const TABLES = { '/proc/net/tcp': 'ipv4', '/proc/net/tcp6': 'ipv6' } as const;
/**
 * A row whose retransmission timer runs (`tr` is 01): its peer's address and port, and its
 * retransmissions.
 */
const RETRANSMITTING =
  /^ *\d+: [\dA-F]+:[\dA-F]{4} ([\dA-F]+):([\dA-F]{4}) [\dA-F]{2} [\dA-F:]{17} 01:[\dA-F]{8} ([\dA-F]{8})/gm;

/** A peer: its address as Node writes it, a space, its port. */
export type Peer = `${string} ${number}`;

/**
 * The peers of this network namespace that did not acknowledge bytes, so that the kernel sends them
 * again, each with its retransmissions in a row. Empty where the table does not exist: only Linux
 * has it (proc_net_tcp.txt of its documentation).
 */
export async function readRetransmitting(): Promise<Map<Peer, number>> {
  const found = new Map<Peer, number>();
  for (const [file, family] of Object.entries(TABLES)) {
    const table = await readFile(file, 'latin1').catch(() => '');
    for (const [, address = '', port = '', times = ''] of table.matchAll(RETRANSMITTING)) {
      const count = Number.parseInt(times, 16);
      if (count > 0)
        found.set(writePeer(parseAddress(address, family), Number.parseInt(port, 16)), count);
    }
  }
  return found;
}

/** @param address as Node writes it in `remoteAddress` */
export function writePeer(address: string, port: number): Peer {
  return `${address} ${port}`;
}

/** The table holds an address as 32-bit words in the machine's byte order. */
function parseAddress(hex: string, family: 'ipv4' | 'ipv6'): string {
  const bytes = Buffer.from(hex, 'hex').swap32();
  if (family === 'ipv4') return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  return new SocketAddress({ address: words.join(':'), family }).address;
}
