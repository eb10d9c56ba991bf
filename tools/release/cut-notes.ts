/**
 * Cuts the notes of one version out of a changelog: the text under `## 1.2.3` (a date may follow)
 * up to the next version.
 * @throws Error when the version has no section or an empty one
 */
export function cutNotes(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => text.split(/\s/, 1)[0] === version);
  if (section === undefined) throw new Error(`CHANGELOG.md has no section "## ${version}"`);
  const notes = section.slice(section.indexOf('\n')).trim();
  if (notes === '') throw new Error(`CHANGELOG.md has an empty section for ${version}`);
  return notes;
}
