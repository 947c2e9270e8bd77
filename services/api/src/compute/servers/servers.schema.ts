import { schedulerHints } from '@metalcast/contracts';
import { z } from 'zod';
import { novaBoolean, queryBoolean } from '../../http/requests/booleans.js';
import { pageQuery } from '../../http/requests/page-query.js';

const lastSegment = (text: string): string => text.replace(/\/+$/, '').split('/').at(-1) ?? '';

/** An id, or a link that ends in one. */
const reference = z
  .union([z.string(), z.number().int()])
  .transform((text) => lastSegment(String(text)))
  .pipe(z.string().min(1).max(255));

const requestedNetwork = z
  .object({
    uuid: z.uuid().nullish(),
    port: z.uuid().nullish(),
    fixed_ip: z.ipv4().nullish(),
  })
  .transform(({ uuid, port, fixed_ip: fixedIp }) => ({
    ...(typeof uuid === 'string' ? { uuid } : {}),
    ...(typeof port === 'string' ? { port } : {}),
    ...(typeof fixedIp === 'string' ? { fixed_ip: fixedIp } : {}),
  }))
  .refine(
    ({ uuid, port }) => uuid !== undefined || port !== undefined,
    'a network needs a uuid or a port',
  );

const maxUserData = 65_535;
// Letter by letter: with groups of four a text of megabytes takes a second, and a longer one the whole stack.
const isBase64 = (text: string): boolean =>
  text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

const userData = z
  .string()
  .transform((text) => text.replaceAll(/\s/g, ''))
  .refine((text) => isBase64(text), 'must be base64')
  .refine((text) => text.length <= maxUserData, `must be at most ${maxUserData} bytes in base64`);

const count = z.coerce.number().int().min(1);
const metadata = z.record(z.string().min(1).max(255), z.string().max(255));

const server = z.object({
  name: z.string().trim().min(1).max(255),
  description: z.string().max(255).nullish(),
  flavorRef: reference,
  imageRef: reference,
  adminPass: z.string().min(1).max(255).optional(),
  metadata: metadata.default({}),
  // An empty list names none, as in Nova: older clients send it for `auto`.
  networks: z
    .union([z.literal('auto'), z.literal('none'), z.array(requestedNetwork)])
    .transform((networks) => (networks.length === 0 ? 'auto' : networks))
    .default('auto'),
  key_name: z.string().min(1).max(255).nullish(),
  user_data: userData.nullish(),
  availability_zone: z.string().max(255).nullish(),
  config_drive: novaBoolean.nullish(),
  min_count: count.default(1),
  max_count: count.optional(),
  return_reservation_id: novaBoolean.default(false),
  security_groups: z.array(z.object({ name: z.string() })).optional(),
  personality: z.array(z.unknown()).max(0, 'files are not injected; use user_data').nullish(),
  block_device_mapping: z.array(z.unknown()).max(0, 'servers boot from an image only').nullish(),
  block_device_mapping_v2: z.array(z.unknown()).nullish(),
});

const hintKeys = { current: 'os:scheduler_hints', legacy: 'OS-SCH-HNT:scheduler_hints' } as const;

/** The hints stand beside the server, under either key; the current one wins, as in Nova. */
export const createServer = z
  .object({
    server,
    [hintKeys.current]: schedulerHints.optional(),
    [hintKeys.legacy]: schedulerHints.optional(),
  })
  .transform((body) => ({
    ...body.server,
    hints: body[hintKeys.current] ?? body[hintKeys.legacy] ?? {},
  }));
export type CreateServer = z.output<typeof createServer>;

/**
 * What has no meaning here is refused: a list that is wider than was asked for would mislead scripts. `name` and
 * `ip` are regular expressions, as in Nova.
 */
export const listServers = z
  .strictObject({
    name: z.string(),
    ip: z.string(),
    status: z.string(),
    vm_state: z.string(),
    task_state: z.string(),
    power_state: z.coerce.number().int().min(0).max(9),
    flavor: z.string(),
    image: z.string(),
    key_name: z.string(),
    config_drive: queryBoolean,
    reservation_id: z.string(),
    host: z.string(),
    node: z.string(),
    tenant_id: z.string(),
    project_id: z.string(),
    user_id: z.string(),
    all_tenants: z.union([z.literal('').transform(() => true), queryBoolean]),
    deleted: queryBoolean,
    'changes-since': z.iso.datetime({ offset: true, local: true }).transform(utc),
    sort_key: z.literal('created_at'),
    sort_dir: z.literal('desc'),
  })
  .partial()
  .extend(pageQuery);
export type ListServers = z.output<typeof listServers>;

/** A time without a zone is UTC. */
function utc(text: string): Date {
  return new Date(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
}
