import { Fault } from '@metalcast/domain';
import type { ByteRange } from '../store/image-directory.js';

/**
 * The range that a `Range` header asks for (RFC 9110, 14.2), or undefined for all: without the header, and for
 * several ranges or another unit, which a server may ignore. Fault RANGE_NOT_SATISFIABLE when it begins past the end.
 */
export function byteRange(header: string | undefined, size: number): ByteRange | undefined {
  const asked = /^bytes=(\d*-\d+|\d+-)$/.exec(header?.trim() ?? '')?.[1];
  if (asked === undefined) {
    return undefined;
  }
  const [from = '', to = ''] = asked.split('-');
  const last = size - 1;
  const range =
    from === ''
      ? { start: Math.max(0, size - Number(to)), end: last }
      : { start: Number(from), end: Math.min(to === '' ? last : Number(to), last) };
  if (range.start > last) {
    throw new Fault('RANGE_NOT_SATISFIABLE', { range: asked, size });
  }
  return range.end < range.start ? undefined : range;
}
