/** What cannot be understood, now or later. */
export class BadMessage extends Error {
  override readonly name = 'BadMessage';
}

/** Why a message is refused that would fail at every try to keep a part of it. */
export const unstorable =
  'a text has a character that cannot be stored (U+0000, or half of a pair)';
