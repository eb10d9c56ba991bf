/** A file of an export. `path` has `/` between its parts and begins at the root of the export. */
export interface ArchivedFile {
  path: string;
  /** Its content in chunks. */
  read(): AsyncIterable<Buffer>;
}

/** The files of an export, which is a zip, a folder or a single file. */
export interface Archive {
  /** How messages name it. */
  name: string;
  /** All files, in any order. Can be called several times. @throws PlainError for a broken archive */
  files(): AsyncIterable<ArchivedFile>;
}
