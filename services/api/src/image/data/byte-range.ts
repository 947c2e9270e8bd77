import { Fault } from '@metalcast/domain';
import type { ByteRange } from '../store/image-directory.js';

/**
 * The range of a `Range` header (RFC 9110, 14.2); undefined for the whole: without a header, and for several ranges or
 * another unit, which a server may ignore. Fault RANGE_NOT_SATISFIABLE when the range begins past the end.
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
