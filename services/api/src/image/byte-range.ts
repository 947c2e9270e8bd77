import { Fault } from '@metalcast/domain';
import type { ByteRange } from './image-directory.js';

/**
 * The range that a `Range` header asks for (RFC 9110, 14.2), or undefined for all: without the header, and for
 * several ranges or another unit, which a server may ignore. Fault RANGE_NOT_SATISFIABLE when it begins past the end.
 */
export function byteRange(header: string | undefined, size: number): ByteRange | undefined {
  const [match, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (match === undefined || (from === '' && to === '')) {
    return undefined;
  }
  const last = size - 1;
  const { start, end } =
    from === ''
      ? { start: Math.max(0, size - Number(to)), end: last }
      : { start: Number(from), end: to === '' ? last : Number(to) };
  if (start > last) {
    throw new Fault('RANGE_NOT_SATISFIABLE', { range: match, size });
  }
  return end < start ? undefined : { start, end: Math.min(end, last) };
}
