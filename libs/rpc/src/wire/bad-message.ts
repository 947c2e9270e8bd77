/** What cannot be understood, now or later. */
export class BadMessage extends Error {
  override readonly name = 'BadMessage';
}
