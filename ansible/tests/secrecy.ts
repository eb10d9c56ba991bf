import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Host } from './host-containers.ts';

/** Unique pieces of the secrets (passwords, a line of each key), with the names of the secrets. */
export class Pieces {
  readonly all: ReadonlyMap<string, string>;

  constructor(all: ReadonlyMap<string, string>) {
    this.all = all;
  }

  /** The names of the secrets that have a piece in a text. */
  in(text: string): string[] {
    return [...this.all].filter(([piece]) => text.includes(piece)).map(([, name]) => name);
  }
}

/** The pieces of a vault's secrets, without certificates and public keys. */
export function piecesOf(secrets: Record<string, string>): Pieces {
  const names = Object.keys(secrets).filter((name) => !/_crt$|_token_keys$/.test(name));
  const pieces = names.map((name): [string, string] => {
    const [piece] = /[\w+/=-]{32,}/.exec(`${secrets[name]}`.replace(/-----.*-----/g, '')) ?? [];
    assert.ok(piece, `${name} has a piece to search for`);
    return [piece, name];
  });
  return new Pieces(new Map(pieces));
}

/** A file on a host that contains a secret. */
export interface Kept {
  path: string;
  secret: string;
  owner: string;
  mode: number;
}

/** Every file on a host that contains a piece of a secret. */
export async function whoReads(host: Host, pieces: Pieces): Promise<Kept[]> {
  const child = spawn('docker', ['exec', '-i', host.container, 'python3', '-c', SEARCH]);
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  child.stdin.end(JSON.stringify(Object.fromEntries(pieces.all)));
  const [found, fault] = await outputs;
  assert.equal(fault, '');
  return JSON.parse(found);
}

/**
 * Reads the pieces from its input. Leaves out /proc and credentials, which are in memory and
 * guarded by systemd.
 */
const SEARCH = `
import json, os, pwd, stat, sys
pieces = {piece.encode(): name for piece, name in json.load(sys.stdin).items()}
found = []
for top in ['/boot', '/etc', '/home', '/opt', '/root', '/srv', '/tmp', '/usr/local', '/var']:
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            state = os.lstat(path)
            if not stat.S_ISREG(state.st_mode) or state.st_size > 64_000_000: continue
            with open(path, 'rb') as file: content = file.read()
            for piece, secret in pieces.items():
                if piece in content:
                    owner = pwd.getpwuid(state.st_uid).pw_name
                    found.append({'path': path, 'secret': secret, 'owner': owner, 'mode': state.st_mode & 0o777})
json.dump(found, sys.stdout)
`;
