import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PlainError } from '@parley/kit/plain-error.ts';
import type { StoreConfig } from '@parley/store/store-settings.ts';

const run = promisify(execFile);

/** The programs that are installed, and their options. */
export interface MysqlTools {
  dump: string;
  client: string;
  dumpOptions: string[];
  tls: string[];
}

/** Finds MariaDB's programs, or else MySQL's. @throws PlainError when there are none */
export async function findTools(config: StoreConfig): Promise<MysqlTools> {
  for (const [dump, client] of [
    ['mariadb-dump', 'mariadb'],
    ['mysqldump', 'mysql'],
  ] as const) {
    const version = await versionOf(dump);
    if (version === undefined) continue;
    const isMariaDb = version.includes('MariaDB');
    return {
      dump,
      client,
      dumpOptions: isMariaDb ? [] : ['--set-gtid-purged=OFF', '--column-statistics=0'],
      tls: tlsOptions(config, isMariaDb),
    };
  }
  throw new PlainError(
    'neither mariadb-dump nor mysqldump is installed here: they come with the client programs of MariaDB and MySQL',
  );
}

async function versionOf(program: string): Promise<string | undefined> {
  try {
    return (await run(program, ['--version'])).stdout;
  } catch {
    return undefined;
  }
}

/** The same TLS as Parley's own connections. */
function tlsOptions({ storeCaFile, storeCertFile, storeKeyFile }: StoreConfig, isMariaDb: boolean) {
  if (!storeCaFile && !storeCertFile) return isMariaDb ? ['--skip-ssl'] : [];
  return [
    ...(isMariaDb ? ['--ssl', '--ssl-verify-server-cert'] : ['--ssl-mode=VERIFY_IDENTITY']),
    ...(storeCaFile ? [`--ssl-ca=${storeCaFile}`] : []),
    ...(storeCertFile ? [`--ssl-cert=${storeCertFile}`, `--ssl-key=${storeKeyFile}`] : []),
  ];
}

/** The address as the programs' options; the password is in the environment. */
export function addressFor(url: string) {
  const { hostname, port, username, password, pathname } = new URL(url);
  const secret = decodeURIComponent(password);
  return {
    database: decodeURIComponent(pathname.slice(1)),
    args: [
      `--host=${hostname.replaceAll(/[[\]]/g, '')}`,
      `--port=${port || 3306}`,
      '--protocol=TCP',
      `--user=${decodeURIComponent(username)}`,
    ],
    access: { env: { ...(secret && { MYSQL_PWD: secret }) } as Record<string, string>, secret },
  };
}
