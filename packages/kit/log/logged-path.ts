/** The address of a hook by which another program posts, up to its secret. */
const HOOK = /^(.*\/hooks\/+in\/+[^/]+\/).+$/i;

/** The path of a request as logs may have it: without the query, and without the secret of a hook. */
export function loggedPath(url: string): string {
  const [path = ''] = url.split('?', 1);
  return path.replace(HOOK, '$1…');
}
