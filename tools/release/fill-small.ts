const IMAGE = /^( *image: )\S+parley:\S+$/gm;
const BUILD = /^ *build: .*\n/m;

/**
 * `small.yml` for the page of a release: its image is the published one of this owner and version,
 * and nothing is built, since its user has no clone.
 * @throws Error when the file has another form
 */
export function fillSmall(text: string, owner: string, version: string): string {
  if (text.search(IMAGE) < 0 || !BUILD.test(text)) throw new Error('small.yml has another form');
  const image = `ghcr.io/${owner}/parley:\${PARLEY_VERSION:-${version}}`;
  return text
    .replace(BUILD, '')
    .replace(IMAGE, (_line, key) => `${key}${image}`)
    .replaceAll('-f infra/compose/small.yml', '-f small.yml');
}
