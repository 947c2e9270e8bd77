// A new FAT16 volume, in memory. Nothing is ever removed from it, so each file and directory occupies consecutive
// clusters.
import { dotEntries, entriesOf, entryBytes, labelEntry, namedEntry } from './fat-directory.js';

const sectorBytes = 512;
const mib = 1024 * 1024;
const reservedSectors = 1;
const rootEntries = 512;
const rootSectors = (rootEntries * entryBytes) / sectorBytes;
const tables = 2;
const media = 0xf8;
const endOfChain = 0xffff;
/** Readers recognise FAT16 by the number of clusters alone. */
const clusterRange = { fewest: 4085, most: 65_524 };

export interface VolumeFile {
  /** ASCII names that differ in more than case, separated by `/`; at most 9999 in a directory. */
  readonly path: string;
  readonly content: Buffer;
}

export interface VolumeOptions {
  /** At most 11 characters. */
  readonly label: string;
  readonly id: number;
  /** Bytes, from 4 to 64 MiB. */
  readonly length: number;
}

interface Geometry {
  readonly sectors: number;
  readonly sectorsPerCluster: number;
  readonly tableSectors: number;
  readonly clusters: number;
}

/** One item of the data area. A directory's entries are made later, when all clusters are known. */
interface Placed {
  readonly path: string;
  readonly kind: 'directory' | 'file';
  readonly size: number;
  readonly cluster: number;
  readonly content: Buffer | undefined;
}

/**
 * The volume with these files and their directories, up to its last byte in use; the rest is zeros. Equal files and
 * options make equal bytes. Throws when the files do not fit.
 */
export function fat16Volume(files: readonly VolumeFile[], options: VolumeOptions): Buffer {
  const geometry = geometryOf(options.length);
  const clusterBytes = geometry.sectorsPerCluster * sectorBytes;
  const placed = place(files, clusterBytes);
  const rootAt = reservedSectors * sectorBytes + tables * geometry.tableSectors * sectorBytes;
  const dataAt = rootAt + rootSectors * sectorBytes;
  const used = placed.reduce((sum, { size }) => sum + Math.ceil(size / clusterBytes), 0);
  const volume = Buffer.alloc(Math.min(dataAt + used * clusterBytes, options.length));
  bootSector(geometry, options).copy(volume);
  const table = allocationTable(placed, clusterBytes);
  if (table.length / 2 > geometry.clusters + 2) {
    throw new Error(`${files.length} files do not fit into ${options.length} bytes`);
  }
  const tableBytes = geometry.tableSectors * sectorBytes;
  table.copy(volume, reservedSectors * sectorBytes);
  table.copy(volume, reservedSectors * sectorBytes + tableBytes);
  Buffer.concat([labelEntry(options.label), ...entriesIn('', placed)]).copy(volume, rootAt);
  for (const item of placed) {
    const at = dataAt + (item.cluster - 2) * clusterBytes;
    (item.content ?? directory(item, placed)).copy(volume, at);
  }
  return volume;
}

function geometryOf(length: number): Geometry {
  const sectors = length / sectorBytes;
  const sectorsPerCluster = length <= 16 * mib ? 1 : 4;
  // Calculated as if all sectors were data: a table may be larger than needed.
  const tableSectors = Math.ceil(((sectors / sectorsPerCluster + 2) * 2) / sectorBytes);
  const dataSectors = sectors - reservedSectors - tables * tableSectors - rootSectors;
  const clusters = Math.floor(dataSectors / sectorsPerCluster);
  if (clusters < clusterRange.fewest || clusters > clusterRange.most) {
    throw new Error(`${length} bytes make no FAT16 volume`);
  }
  return { sectors, sectorsPerCluster, tableSectors, clusters };
}

/** Places directories first, parents before their content, then the files, each at its clusters. */
function place(files: readonly VolumeFile[], clusterBytes: number): Placed[] {
  let next = 2;
  const clustersOf = (bytes: number): number => Math.ceil(bytes / clusterBytes);
  const take = (bytes: number): number => {
    const cluster = next;
    next += clustersOf(bytes);
    return bytes === 0 ? 0 : cluster;
  };
  const directories = directoriesOf(files);
  const names = [...directories, ...files.map(({ path }) => path)];
  return [
    ...directories.map((path) => {
      const inside = names.filter((name) => parentOf(name) === path);
      const entries = inside.reduce((sum, name) => sum + entriesOf(nameOf(name)), 2);
      const size = entries * entryBytes;
      return { path, kind: 'directory' as const, size, cluster: take(size), content: undefined };
    }),
    ...files.map(({ path, content }) => ({
      ...{ path, kind: 'file' as const, size: content.length },
      ...{ cluster: take(content.length), content },
    })),
  ];
}

function directoriesOf(files: readonly VolumeFile[]): string[] {
  const found = new Set<string>();
  for (const { path } of files) {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, index) => found.add(parts.slice(0, index + 1).join('/')));
  }
  return [...found];
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function directory(self: Placed, placed: readonly Placed[]): Buffer {
  const parent = placed.find(({ path }) => path === parentOf(self.path))?.cluster ?? 0;
  return Buffer.concat([dotEntries(self.cluster, parent), ...entriesIn(self.path, placed)]);
}

const entriesIn = (path: string, placed: readonly Placed[]): Buffer[] =>
  placed
    .filter((item) => parentOf(item.path) === path)
    .map(({ path: inside, kind, cluster, size }, index) =>
      namedEntry(
        { name: nameOf(inside), kind, cluster, size: kind === 'directory' ? 0 : size },
        index,
      ),
    );

/** The entry of a cluster names the next cluster of the same file. */
function allocationTable(placed: readonly Placed[], clusterBytes: number): Buffer {
  const chains = [0xff00 | media, endOfChain];
  for (const { size } of placed) {
    const clusters = Math.ceil(size / clusterBytes);
    for (let left = clusters; left > 0; left -= 1) {
      chains.push(left === 1 ? endOfChain : chains.length + 1);
    }
  }
  const table = Buffer.alloc(chains.length * 2);
  chains.forEach((next, index) => {
    table.writeUInt16LE(next, index * 2);
  });
  return table;
}

function bootSector(geometry: Geometry, { label, id }: VolumeOptions): Buffer {
  const sector = Buffer.alloc(sectorBytes);
  // A jump over the header to the place of a boot loader.
  sector.set([0xeb, 0x3c, 0x90]);
  sector.write('METALCST', 3, 'ascii');
  sector.writeUInt16LE(sectorBytes, 11);
  sector.writeUInt8(geometry.sectorsPerCluster, 13);
  sector.writeUInt16LE(reservedSectors, 14);
  sector.writeUInt8(tables, 16);
  sector.writeUInt16LE(rootEntries, 17);
  const isSmall = geometry.sectors < 0x10000;
  sector.writeUInt16LE(isSmall ? geometry.sectors : 0, 19);
  sector.writeUInt8(media, 21);
  sector.writeUInt16LE(geometry.tableSectors, 22);
  // Sectors of a track, and heads: unused today, but some tools expect values.
  sector.writeUInt16LE(32, 24);
  sector.writeUInt16LE(2, 26);
  sector.writeUInt32LE(isSmall ? 0 : geometry.sectors, 32);
  sector.writeUInt8(0x80, 36);
  sector.writeUInt8(0x29, 38);
  sector.writeUInt32LE(id, 39);
  sector.write(label.padEnd(11), 43, 'ascii');
  sector.write('FAT16   ', 54, 'ascii');
  sector.set([0xf4, 0xeb, 0xfd], 62);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
