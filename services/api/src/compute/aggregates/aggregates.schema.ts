import { z } from 'zod';
import { unsortedNovaPageQuery } from '../../http/requests/page-query.js';
import { zoneName } from '../../nodes/node.schema.js';

const name = z.string().trim().min(1).max(255);
const zone = zoneName.nullable();

export const listAggregates = z.strictObject(unsortedNovaPageQuery);

export const createAggregate = z.strictObject({
  aggregate: z.strictObject({ name, availability_zone: zone.optional() }),
});

export const changeAggregate = z.strictObject({
  aggregate: z
    .strictObject({ name: name.optional(), availability_zone: zone.optional() })
    .refine((change) => Object.keys(change).length > 0, 'name a change'),
});
export type AggregateChange = z.output<typeof changeAggregate>['aggregate'];

const key = z
  .string()
  .regex(
    /^[a-zA-Z0-9-_:. ]{1,255}$/,
    'a key must be 1 to 255 letters, digits, and - _ : . or space',
  );

const zoneKey = 'availability_zone';

/** null removes the key. */
const metadata = z
  .record(key, z.string().max(255).nullable())
  .transform((values, context): AggregateMetadata => {
    const { [zoneKey]: given, ...others } = values;
    const { data, error } = zone.optional().safeParse(given);
    for (const { message } of error?.issues ?? []) {
      context.addIssue({ code: 'custom', path: [zoneKey], message });
    }
    return data === undefined ? others : { ...others, [zoneKey]: data };
  });
export type AggregateMetadata = Readonly<Record<string, string | null>>;

const host = z.strictObject({ host: z.string().trim().min(1).max(255) });

export const aggregateAction = z.union([
  z.strictObject({ add_host: host }),
  z.strictObject({ remove_host: host }),
  z.strictObject({ set_metadata: z.strictObject({ metadata }) }),
]);
