import { crc32, deflateRawSync } from 'node:zlib';

/** A file of a zip. `claimed` is the size that the zip names, when it is not the true one. */
export interface ZippedFile {
  path: string;
  content: string | Uint8Array;
  claimed?: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const DEFLATED = 8;
const UTF8_NAMES = 0x0800;

/** Makes a zip (PKWARE APPNOTE 4.3), with the files in this order. */
export function makeZip(files: ZippedFile[]): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { path, content, claimed } of files) {
    const bytes = Buffer.from(content as Uint8Array);
    const packed = deflateRawSync(bytes);
    const name = Buffer.from(path);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(UTF8_NAMES, 2);
    common.writeUInt16LE(DEFLATED, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claimed ?? bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([uint32(LOCAL), common, name, packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([uint32(CENTRAL), uint16(20), common, place, name]));
    parts.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const counts = [uint16(0), uint16(0), uint16(files.length), uint16(files.length)];
  const end = [uint32(END), ...counts, uint32(directory.length), uint32(offset), uint16(0)];
  return Buffer.concat([...parts, directory, ...end]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
