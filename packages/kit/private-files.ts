import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const STICKY = 0o1000;

/**
 * Makes a folder, with those above it, that only its owner can enter, and closes one that is there
 * to others. A folder that others may use stays as it is: one with folders in it, one of another
 * owner, one such as /tmp. @throws what the system refuses
 */
export function ensurePrivateFolder(folder: string): void {
  if (mkdirSync(folder, { recursive: true, mode: FOLDER_MODE }) !== undefined) return;
  const { mode, uid } = statSync(folder);
  if ((mode & STICKY) !== 0 || uid !== process.getuid?.()) return;
  const entries = readdirSync(folder, { withFileTypes: true });
  if (entries.some((entry) => !entry.isFile() && entry.name !== 'lost+found')) return;
  tighten(folder, FOLDER_MODE);
}

/** Makes a file that only its owner can read, or takes the rights of others from one that is there. */
export function ensurePrivateFile(file: string, text: string | Buffer = ''): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: FILE_MODE });
  } catch (error) {
    if (!existsSync(file)) throw error;
    tightenFile(file);
  }
}

/** Takes the rights of others from a file, where it is there and this user's. */
export function tightenFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found && found.uid === process.getuid?.()) tighten(file, FILE_MODE);
}

/** Takes rights only: a folder that its owner made read-only stays so. File systems without rights refuse. */
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
