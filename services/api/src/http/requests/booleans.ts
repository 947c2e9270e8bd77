import { z } from 'zod';

/** Whose words: `oslo` in queries of the compute, identity and image APIs, `nova` in bodies of the compute API. */
export type BooleanWords = 'oslo' | 'nova' | 'neutron';

interface Words {
  readonly yes: readonly string[];
  readonly no: readonly string[];
}

/** The words that mean a boolean, in lower case; any case is taken. */
const words: Readonly<Record<BooleanWords, Words>> = {
  oslo: { yes: ['true', 't', '1', 'yes', 'y', 'on'], no: ['false', 'f', '0', 'no', 'n', 'off'] },
  nova: { yes: ['true', '1', 'yes', 'on'], no: ['false', '0', 'no', 'off'] },
  neutron: { yes: ['true', '1'], no: ['false', '0'] },
};

/** The boolean that the word means, or undefined when it means none. */
export function readBoolean(by: BooleanWords, word: string): boolean | undefined {
  const { yes, no } = words[by];
  const lower = word.toLowerCase();
  return yes.includes(lower) || (no.includes(lower) ? false : undefined);
}

const notBoolean = 'must be true or false';

const booleanWord = (by: BooleanWords, notText: string): z.ZodType<boolean, string> =>
  z.string(notText).transform((word, context) => {
    const value = readBoolean(by, word);
    if (value === undefined) {
      context.addIssue({ code: 'custom', message: notBoolean });
    }
    return value ?? z.NEVER;
  });

/** A boolean in a query. */
export const queryBoolean = booleanWord('oslo', 'must be given once');

/** A boolean in a body of the compute API: JSON's, or a word, which its clients send in place of one. */
export const novaBoolean = z.union([z.boolean(notBoolean), booleanWord('nova', notBoolean)]);
