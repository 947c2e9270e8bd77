/** A message that cannot be understood, now or later. */
export class BadMessage extends Error {
  override readonly name = 'BadMessage';
}

/** The reason for a refusal: storing a part of the message would fail at every try. */
export const unstorable =
  'a text has a character that cannot be stored (U+0000, or half of a pair)';
