// What a sender that nobody trusts may put where a name, a text or a value belongs.
import fc from 'fast-check';

/** Names that every object answers to, though nobody gave them. */
export const prototypeWords = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
] as const;

/** A name: one that objects have anyway, one of `known`, or any text. */
export const hostileName = (...known: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(fc.constantFrom(...prototypeWords, ...known), fc.string({ unit: 'binary' }));

/** A text: a name, a number in some spelling, or more than anybody needs. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  hostileName('', ' ', '\0', '\n', '-1', '1e999', '0x10', 'NaN', '9'.repeat(400)),
  fc.tuple(fc.string({ minLength: 1 }), fc.nat(5_000)).map(([part, times]) => part.repeat(times)),
);

/** An object with these very keys, `__proto__` as a key like any other. */
export const objectOf = (entries: readonly (readonly [string, unknown])[]): object =>
  Object.fromEntries(entries);

/** A value as JSON.parse makes it, its keys prototype words among them. */
export const hostileJson: fc.Arbitrary<unknown> = fc
  .letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 0, -1, 0.5, 1e308, Number.MAX_SAFE_INTEGER + 1),
      fc.integer(),
      hostileText,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.array(fc.tuple(hostileName(), tie('value')), { maxLength: 4 }).map(objectOf),
    ),
  }))
  .value.map((value) => JSON.parse(JSON.stringify(value)) as unknown);
