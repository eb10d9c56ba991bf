import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const STICKY = 0o1000;

/**
 * Makes a folder and the folders above it, which only their owner can enter. An existing folder is
 * closed to other users, unless they may need it: a folder that holds folders, one with another
 * owner, one such as /tmp.
 * @throws what the system refuses
 */
export function ensurePrivateFolder(folder: string): void {
  if (mkdirSync(folder, { recursive: true, mode: FOLDER_MODE }) !== undefined) return;
  const { mode, uid } = statSync(folder);
  if ((mode & STICKY) !== 0 || uid !== process.getuid?.()) return;
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.some((entry) => !entry.isFile() && entry.name !== 'lost+found')) return;
  tighten(folder, FOLDER_MODE);
}

/**
 * Makes a file that only its owner can read, or removes other users' rights from an existing file.
 */
export function ensurePrivateFile(file: string, text: string | Buffer = ''): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: FILE_MODE });
  } catch (error) {
    if (!existsSync(file)) throw error;
    tightenFile(file);
  }
}

/** Removes other users' rights from a file, if it exists and belongs to this user. */
export function tightenFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found && found.uid === process.getuid?.()) tighten(file, FILE_MODE);
}

/**
 * Only removes rights: a folder that its owner made read-only stays so. File systems without rights
 * refuse the change.
 */
function tighten(path: string, mode: number): void {
  const present = statSync(path).mode & 0o777;
  if ((present & ~mode) === 0) return;
  try {
    chmodSync(path, present & mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EROFS') throw error;
  }
}
