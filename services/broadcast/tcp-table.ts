import { readFile } from 'node:fs/promises';
import { SocketAddress } from 'node:net';

const TABLES = { '/proc/net/tcp': 'ipv4', '/proc/net/tcp6': 'ipv6' } as const;
/** A row whose retransmission timer runs (`tr` is 01): what follows its local address. */
const RETRANSMITTING =
  /^ *\d+: [\dA-F]+:[\dA-F]{4} ([\dA-F]+):([\dA-F]{4}) [\dA-F]{2} [\dA-F:]{17} 01:[\dA-F]{8} ([\dA-F]{8})/gm;

/** How a peer is written: Node's text of its address, a space, its port. */
export type Peer = `${string} ${number}`;

/**
 * The peers of this network namespace to which the kernel has sent bytes again because nothing
 * acknowledged them, each with how often in a row. Empty where there is no such table, which only
 * Linux has (proc_net_tcp.txt of its documentation).
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
