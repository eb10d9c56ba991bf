import { type Host, on } from './host-containers.ts';

/**
 * Searches the names of files and the contents of settings, except the host's name (also in certbot's
 * account), and old copies of /etc/passwd; also users, groups and units.
 */
const SEARCH = `
find / -xdev ( -path /proc -o -path /sys -o -path /var/log -o -path /etc/hostname ) -prune -o -iname "*$0*" -print
grep -rIl "$0" /etc /usr/local /var/lib/systemd /var/spool --exclude=hostname --exclude=hosts --exclude=meta.json --exclude=*-
getent passwd | grep "$0"
getent group | grep "$0"
systemctl list-units --all --plain --no-legend "*$0*"
systemctl list-unit-files --plain --no-legend "*$0*"
`.replace(/[()]/g, '\\$&');

/** Everything on a host that has `word` in its name or in its settings. */
export async function whatNames(host: Host, word: string): Promise<string[]> {
  const found = await on(host, 'sh', '-c', `{ ${SEARCH} } || true`, word);
  return found.split('\n').filter((line) => line !== '');
}
