import { createHash } from 'node:crypto';

const pageBytes = 4096;

/** The bytes that mkswap writes to a partition of `length` bytes: its first page, labelled `swap1` like Nova's. */
export function swapHeader(length: number, seed: string): Buffer {
  const page = Buffer.alloc(pageBytes);
  page.writeUInt32LE(1, 1024);
  page.writeUInt32LE(Math.floor(length / pageBytes) - 1, 1028);
  createHash('sha256').update(`${seed}/swap`).digest().copy(page, 1036, 0, 16);
  // Version 4, variant 1: a valid uuid.
  page[1042] = ((page[1042] ?? 0) & 0x0f) | 0x40;
  page[1044] = ((page[1044] ?? 0) & 0x3f) | 0x80;
  page.write('swap1', 1052, 'ascii');
  page.write('SWAPSPACE2', pageBytes - 10, 'ascii');
  return page;
}
