import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares two texts in a time that does not reveal where they differ. */
export const equalSecret = (given: string, expected: string): boolean =>
  timingSafeEqual(digest(given), digest(expected));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
