import { OWN_ERRORS, PART_USER, PERMISSIONS, type Permissions } from '../access/permissions.ts';

/**
 * The text of Mosquitto's `acl` file: topics that it does not name are forbidden. Lines before the
 * first `user` are for clients without a user; the listener decides whether they are let in.
 */
export function encodeAcl({ guests }: { guests: boolean }): string {
  const part = [`user ${PART_USER}`, ...topicsOf(PERMISSIONS.part)];
  const all = guests ? [...topicsOf(PERMISSIONS.guest), '', ...part] : part;
  return `${all.join('\n')}\n\npattern read ${OWN_ERRORS}\n`;
}

function topicsOf({ read, write }: Permissions): string[] {
  return [
    ...read.map((filter) => `topic read ${filter}`),
    ...write.map((filter) => `topic write ${filter}`),
  ];
}
