import { Fault, ownValue } from '@metalcast/domain';
import { z } from 'zod';

/** The items of a request: one, or a set that is made as a whole or not at all. */
export interface OneOrMany<T> {
  readonly items: readonly T[];
  /** The key in the request and the answer. */
  readonly key: string;
  readonly isMany: boolean;
}

/** The option max_network_items_per_request is lower as a rule, and says so. */
const mostOfSet = 10_000;

/** `{"port": {…}}`, or Neutron's bulk form `{"ports": [{…}, …]}`. */
export const oneOrMany = <T extends z.ZodType>(
  one: string,
  item: T,
): z.ZodType<OneOrMany<z.output<T>>> => {
  const many = `${one}s`;
  return z
    .strictObject({
      [one]: item.optional(),
      [many]: z.array(item).min(1).max(mostOfSet).optional(),
    })
    .transform((body, context): OneOrMany<z.output<T>> => {
      const single = ownValue(body, one) as z.output<T> | undefined;
      const set = ownValue(body, many) as z.output<T>[] | undefined;
      if ((single === undefined) === (set === undefined)) {
        context.addIssue({ code: 'custom', message: `give either ${one} or ${many}` });
        return z.NEVER;
      }
      return set === undefined
        ? { items: [single as z.output<T>], key: one, isMany: false }
        : { items: set, key: many, isMany: true };
    });
};

/** Fault BAD_REQUEST: the set is larger than the option allows. */
export function requireFew({ items, key }: OneOrMany<unknown>, most: number): void {
  if (items.length > most) {
    const reason = `${items.length} ${key} are to be made by one request; at most ${most} can be (the api's option max_network_items_per_request).`;
    throw new Fault('BAD_REQUEST', { reason });
  }
}

/** One view, or all in the request's order. */
export const viewsOf = <T>({ key, isMany }: OneOrMany<T>, views: readonly object[]): object => ({
  [key]: isMany ? views : views[0],
});
