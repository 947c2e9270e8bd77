// Entries of a FAT directory (Microsoft's FAT specification 1.03): 32 bytes each, long names in extra entries before
// their file's.

export const entryBytes = 32;
/** 1 January 2020: files carry no real date, so equal content makes an equal volume. */
const date = ((2020 - 1980) << 9) | (1 << 5) | 1;
const charactersPerEntry = 13;
/** Where an entry of a long name has its characters. */
const characterPlaces = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
const lastOfName = 0x40;

const attributes = { label: 0x08, directory: 0x10, archive: 0x20, longName: 0x0f } as const;

export interface Entry {
  readonly name: string;
  readonly kind: 'directory' | 'file';
  /** The first cluster; 0 for an empty entry. */
  readonly cluster: number;
  /** Bytes; 0 for a directory. */
  readonly size: number;
}

/** Number of entries that `name` needs. */
export const entriesOf = (name: string): number => 1 + Math.ceil(name.length / charactersPerEntry);

/** The entry that names the volume. */
export const labelEntry = (label: string): Buffer =>
  shortEntry(Buffer.from(label.padEnd(11), 'ascii'), attributes.label, { cluster: 0, size: 0 });

/** The first two entries of every directory but the root. `parent` is 0 when the parent is the root. */
export function dotEntries(cluster: number, parent: number): Buffer {
  const dots = [
    { name: '.', cluster },
    { name: '..', cluster: parent },
  ];
  return Buffer.concat(
    dots.map((dot) =>
      shortEntry(Buffer.from(dot.name.padEnd(11), 'ascii'), attributes.directory, {
        cluster: dot.cluster,
        size: 0,
      }),
    ),
  );
}

/**
 * The bytes of one entry: its long name, then the entry with a short name. `place` makes the short name unique in the
 * directory.
 */
export function namedEntry(entry: Entry, place: number): Buffer {
  const short = shortName(entry.name, place);
  const attribute = entry.kind === 'directory' ? attributes.directory : attributes.archive;
  return Buffer.concat([
    longName(entry.name, checksum(short)),
    shortEntry(short, attribute, entry),
  ]);
}

function shortEntry(
  name: Buffer,
  attribute: number,
  { cluster, size }: Pick<Entry, 'cluster' | 'size'>,
): Buffer {
  const entry = Buffer.alloc(entryBytes);
  name.copy(entry);
  entry.writeUInt8(attribute, 11);
  entry.writeUInt16LE(date, 16);
  entry.writeUInt16LE(date, 18);
  entry.writeUInt16LE(date, 24);
  entry.writeUInt16LE(cluster, 26);
  entry.writeUInt32LE(size, 28);
  return entry;
}

function shortName(name: string, place: number): Buffer {
  const tail = `~${place + 1}`;
  const base = name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  return Buffer.from(`${base.slice(0, 8 - tail.length)}${tail}`.padEnd(11), 'ascii');
}

function checksum(short: Buffer): number {
  return short.reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
}

/**
 * The last part of the name comes first. The name ends with a zero unless its last part is full; ones fill the rest.
 */
function longName(name: string, sum: number): Buffer {
  const parts = entriesOf(name) - 1;
  const entries = Array.from({ length: parts }, (_, index) => {
    const part = parts - index;
    const entry = Buffer.alloc(entryBytes);
    entry.writeUInt8(part | (index === 0 ? lastOfName : 0), 0);
    entry.writeUInt8(attributes.longName, 11);
    entry.writeUInt8(sum, 13);
    characterPlaces.forEach((at, character) => {
      entry.writeUInt16LE(characterAt(name, (part - 1) * charactersPerEntry + character), at);
    });
    return entry;
  });
  return Buffer.concat(entries);
}

const characterAt = (name: string, at: number): number =>
  at < name.length ? name.charCodeAt(at) : at === name.length ? 0 : 0xffff;
