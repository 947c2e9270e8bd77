// Parts of a disk in the form of `qemu-img convert --image-opts`, which reads its sources one after the other, as one.
import { quoted } from './qemu-img.js';
import type { Extent } from '@metalcast/disk-image/table';

export interface ImageFile {
  readonly path: string;
  readonly format: string;
}

/** An extent of what the image holds. */
export const imageSource = ({ path, format }: ImageFile, { offset, length }: Extent): string =>
  [
    'driver=raw',
    `offset=${offset}`,
    `size=${length}`,
    `file.driver=${format}`,
    'file.file.driver=file',
    `file.file.filename=${quoted(path)}`,
  ].join(',');

/** An extent of a plain file. */
export const fileSource = (path: string, { offset, length }: Extent): string =>
  `driver=raw,offset=${offset},size=${length},file.driver=file,file.filename=${quoted(path)}`;

export const zeroSource = (length: number): string =>
  `driver=null-co,size=${length},read-zeroes=on`;
