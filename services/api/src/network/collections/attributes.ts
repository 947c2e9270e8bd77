import { Prisma } from '@metalcast/db';
import { Fault, isUuid } from '@metalcast/domain';
import { readBoolean } from '../../http/requests/booleans.js';

/** An attribute by which lists are filtered and sorted. */
export interface Attribute {
  /** The condition for rows whose value is one of these. */
  readonly filter: (values: readonly string[]) => Prisma.Sql;
  /** A column without nulls by which lists can be sorted. */
  readonly sortColumn?: string;
}

const none = Prisma.sql`false`;

export const text = (column: string): Attribute => ({
  filter: (values) => Prisma.sql`${Prisma.raw(column)} = ANY (${values}::text[])`,
  sortColumn: column,
});

/** An empty word matches null. */
export const optionalText = (column: string): Attribute => ({
  filter: (values) => Prisma.sql`coalesce(${Prisma.raw(column)}, '') = ANY (${values}::text[])`,
});

export const uuid = (column: string): Attribute => ({
  filter: (values) =>
    Prisma.sql`${Prisma.raw(column)} = ANY (${values.filter((value) => isUuid(value))}::uuid[])`,
  sortColumn: column,
});

export const flag = (column: string): Attribute => ({
  filter: (values) =>
    Prisma.sql`${Prisma.raw(column)}::text = ANY (${values.map((value) => String(toBoolean(value)))}::text[])`,
  sortColumn: column,
});

export const number = (column: string): Attribute => ({
  filter: (values) => Prisma.sql`${Prisma.raw(column)}::text = ANY (${values}::text[])`,
  sortColumn: column,
});

/** To the second, as in answers. */
export const time = (column: string): Attribute => ({
  filter: (values) => Prisma.sql`
    to_char(${Prisma.raw(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') = ANY (${values}::text[])`,
  sortColumn: column,
});

/** A value that all rows share. A null matches the empty word; a list matches nothing. */
export const fixed = (shown: string | number | boolean | null | []): Attribute => ({
  filter: (values) =>
    !Array.isArray(shown) && values.some((value) => isShown(shown, value))
      ? Prisma.sql`true`
      : none,
});

function isShown(shown: string | number | boolean | null, value: string): boolean {
  return typeof shown === 'boolean' ? toBoolean(value) === shown : String(shown ?? '') === value;
}

/** Fault BAD_REQUEST, in Neutron's words. */
function toBoolean(value: string): boolean {
  const read = readBoolean('neutron', value);
  if (read === undefined) {
    throw new Fault('BAD_REQUEST', { reason: `'${value}' cannot be converted to boolean.` });
  }
  return read;
}

const ofFixedIp: Readonly<Record<string, Attribute>> = {
  ip_address: text('ip_address'),
  subnet_id: uuid('subnet_id'),
};

/** `fixed_ips=ip_address=10.0.0.5` or `fixed_ips=subnet_id=UUID`; several are combined with AND. */
export const fixedIps: Attribute = {
  filter: (pairs) =>
    Prisma.join(
      pairs.map((pair) => {
        const [key = '', value = ''] = pair.split('=', 2);
        return Object.hasOwn(ofFixedIp, key) ? (ofFixedIp[key] as Attribute).filter([value]) : none;
      }),
      ' AND ',
    ),
};
