import { z } from 'zod';
import { queryText } from './query-values.js';

export type BooleanForm = 'compute query' | 'compute body' | 'identity query' | 'image query' | 'network query';

interface Words {
  readonly yes: readonly string[];
  readonly no: readonly string[];
  /** The words are in lower case here, and taken in any case. */
  readonly isAnyCase: boolean;
}

/** What oslo.utils takes in its strict form. */
const oslo: Words = {
  yes: ['1', 't', 'true', 'on', 'y', 'yes'],
  no: ['0', 'f', 'false', 'off', 'n', 'no'],
  isAnyCase: true,
};

/** What Nova's schemas take in place of a boolean (nova/api/validation/parameter_types.py). */
const novaBody: Words = {
  yes: ['True', 'TRUE', 'true', '1', 'ON', 'On', 'on', 'YES', 'Yes', 'yes'],
  no: ['False', 'FALSE', 'false', '0', 'OFF', 'Off', 'off', 'NO', 'No', 'no'],
  isAnyCase: false,
};

/** The words that each API takes for a boolean. */
const words: Readonly<Record<BooleanForm, Words>> = {
  'compute query': oslo,
  'compute body': novaBody,
  'identity query': oslo,
  'image query': oslo,
  'network query': { yes: ['1', 'true'], no: ['0', 'false'], isAnyCase: true },
};

/** The boolean that the word means, or undefined when it means none. */
export function readBoolean(form: BooleanForm, word: string): boolean | undefined {
  const { yes, no, isAnyCase } = words[form];
  const known = isAnyCase ? word.toLowerCase() : word;
  return yes.includes(known) || (no.includes(known) ? false : undefined);
}

const notBoolean = 'must be true or false';

const meaningIn = (form: BooleanForm) => (word: string, context: z.RefinementCtx) => {
  const value = readBoolean(form, word);
  if (value === undefined) {
    context.addIssue({ code: 'custom', message: notBoolean });
  }
  return value ?? z.NEVER;
};

/** A boolean in a query. */
export const booleanWord = (form: BooleanForm): z.ZodType<boolean, string> =>
  queryText.transform(meaningIn(form));

/** A boolean in a body of the compute API: JSON's, or a word. The words are in the API's document. */
export const bodyBoolean = z.union(
  [
    z.boolean(),
    z.enum([...novaBody.yes, ...novaBody.no]).transform(meaningIn('compute body')),
  ],
  notBoolean,
);
