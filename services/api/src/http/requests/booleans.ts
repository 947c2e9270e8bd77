import { z } from 'zod';

export type BooleanForm = 'compute query' | 'compute body' | 'image query' | 'network query';

interface Words {
  readonly yes: readonly string[];
  readonly no: readonly string[];
}

/** What oslo.utils takes in its strict form. */
const oslo: Words = {
  yes: ['1', 't', 'true', 'on', 'y', 'yes'],
  no: ['0', 'f', 'false', 'off', 'n', 'no'],
};

/** The words that each API takes for a boolean, in lower case; any case is taken. */
const words: Readonly<Record<BooleanForm, Words>> = {
  'compute query': oslo,
  'compute body': { yes: ['1', 'true', 'on', 'yes'], no: ['0', 'false', 'off', 'no'] },
  'image query': oslo,
  'network query': { yes: ['1', 'true'], no: ['0', 'false'] },
};

/** The boolean that the word means, or undefined when it means none. */
export function readBoolean(form: BooleanForm, word: string): boolean | undefined {
  const { yes, no } = words[form];
  const lower = word.toLowerCase();
  return yes.includes(lower) || (no.includes(lower) ? false : undefined);
}

const notBoolean = 'must be true or false';

const wordOf = (form: BooleanForm, notText: string): z.ZodType<boolean, string> =>
  z.string(notText).transform((word, context) => {
    const value = readBoolean(form, word);
    if (value === undefined) {
      context.addIssue({ code: 'custom', message: notBoolean });
    }
    return value ?? z.NEVER;
  });

/** A boolean in a query. */
export const booleanWord = (form: BooleanForm): z.ZodType<boolean, string> =>
  wordOf(form, 'must be given once');

/** A boolean in a body of the compute API: JSON's, or a word. */
export const bodyBoolean = z.union([z.boolean(notBoolean), wordOf('compute body', notBoolean)]);
