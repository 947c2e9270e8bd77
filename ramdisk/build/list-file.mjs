import { readFile } from 'node:fs/promises';

/** Reads a list file: one entry a line, words apart by blanks, `#` begins a comment line. */
export async function readList(file) {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/));
}
