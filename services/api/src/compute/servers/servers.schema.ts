import { schedulerHints } from '@metalcast/contracts';
import { z } from 'zod';
import { novaBoolean, queryBoolean } from '../../http/requests/booleans.js';
import { novaInteger } from '../../http/requests/nova-values.js';
import { novaPageQuery, wholeNumber } from '../../http/requests/page-query.js';
import { queryTime } from '../../http/requests/query-time.js';
import { queryText } from '../../http/requests/query-values.js';

const lastSegment = (text: string): string => text.replace(/\/+$/, '').split('/').at(-1) ?? '';

/** An id, or a link that ends in one. */
const reference = z
  .union([z.string().max(2048), z.int()])
  .transform((text) => lastSegment(String(text)))
  .pipe(z.string().min(1, 'must name one').max(255));

const requestedNetwork = z
  .strictObject({
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

/** In lines, as `base64` makes it, or in one. */
const userData = z
  .string()
  .max(2 * maxUserData, `must be at most ${maxUserData} bytes in base64`)
  .transform((text) => text.replaceAll(/\s/g, ''))
  .refine((text) => isBase64(text), 'must be base64')
  .refine((text) => text.length <= maxUserData, `must be at most ${maxUserData} bytes in base64`);

const count = novaInteger(1);
const maxNetworks = 64;
const maxMetadata = 128;
const metadata = z
  .record(z.string().min(1).max(255), z.string().max(255))
  .refine(
    (values) => Object.keys(values).length <= maxMetadata,
    `must have at most ${maxMetadata} items`,
  );

const imageOnly = 'servers boot from an image only';

/** How clients say "boot from this image": the one mapping that is not about volumes, which nodes do not have. */
const bootMapping = z
  .array(
    z.strictObject({
      uuid: reference,
      source_type: z.literal('image', imageOnly),
      destination_type: z.literal('local', imageOnly),
      boot_index: z.union([z.literal(0), z.literal('0')], imageOnly).optional(),
      delete_on_termination: novaBoolean
        .refine((isDeleted) => isDeleted, 'must be true: disks are emptied')
        .optional(),
    }),
  )
  .max(1, imageOnly);

/** What Nova has and Metalcast does not is accepted as what it is without being asked for, and in no other form. */
const unsupportedFields = {
  accessIPv4: z.literal('', 'is not supported').optional(),
  accessIPv6: z.literal('', 'is not supported').optional(),
  block_device_mapping: z.tuple([], imageOnly).nullish(),
  'OS-DCF:diskConfig': z.literal('MANUAL', 'only MANUAL is supported').optional(),
  personality: z.tuple([], 'files are not injected; use user_data').nullish(),
  security_groups: z
    .array(
      z.strictObject({ name: z.literal('default', 'there is no security group but "default"') }),
    )
    .max(1)
    .optional(),
};

const server = z
  .strictObject({
    ...unsupportedFields,
    name: z.string().trim().min(1).max(255),
    description: z.string().max(255).nullish(),
    flavorRef: reference,
    imageRef: reference,
    adminPass: z.string().min(1).max(255).optional(),
    metadata: metadata.default({}),
    // An empty list names none, as in Nova: older clients send it for `auto`.
    networks: z
      .union([z.literal('auto'), z.literal('none'), z.array(requestedNetwork).max(maxNetworks)])
      .transform((networks) => (networks.length === 0 ? 'auto' : networks))
      .default('auto'),
    key_name: z.string().min(1).max(255).nullish(),
    user_data: userData.nullish(),
    availability_zone: z.string().max(255).nullish(),
    config_drive: novaBoolean.nullish(),
    min_count: count.default(1),
    max_count: count.optional(),
    return_reservation_id: novaBoolean.default(false),
    block_device_mapping_v2: bootMapping.nullish(),
  })
  .superRefine(refuseWithoutDrive)
  .refine(
    ({ imageRef, block_device_mapping_v2: mappings }) =>
      (mappings ?? []).every(({ uuid }) => uuid === imageRef),
    { path: ['block_device_mapping_v2'], message: 'must name the image of imageRef' },
  );

const onDrive = ['user_data', 'key_name', 'adminPass'] as const;

interface OnDrive {
  readonly config_drive?: boolean | null | undefined;
  readonly user_data?: string | null | undefined;
  readonly key_name?: string | null | undefined;
  readonly adminPass?: string | undefined;
}

/** Without a config drive they would reach nobody: there is no metadata service. */
function refuseWithoutDrive(server: OnDrive, context: z.RefinementCtx): void {
  const lost = onDrive.find((name) => typeof server[name] === 'string');
  if (server.config_drive === false && lost !== undefined) {
    const message = `must not be false: ${lost} reaches a server by its config drive only`;
    context.addIssue({ code: 'custom', path: ['config_drive'], message });
  }
}

const hintKeys = { current: 'os:scheduler_hints', legacy: 'OS-SCH-HNT:scheduler_hints' } as const;

/** The hints stand beside the server, under either key; the current one wins, as in Nova. */
export const createServer = z
  .strictObject({
    server,
    [hintKeys.current]: schedulerHints.optional(),
    [hintKeys.legacy]: schedulerHints.optional(),
  })
  .transform((body) => ({
    ...body.server,
    hints: body[hintKeys.current] ?? body[hintKeys.legacy] ?? {},
  }));
export type CreateServer = z.output<typeof createServer>;

/** Nova's names of columns that every server has a value in. */
export const serverSortKeys = [
  ...['created_at', 'updated_at', 'display_name', 'hostname', 'image_ref'],
  ...['project_id', 'user_id', 'uuid', 'vm_state', 'power_state', 'progress'],
] as const;

const noTags = z.never('is not supported: servers have no tags').optional();
const notFilters = {
  ...{ tags: noTags, 'tags-any': noTags, 'not-tags': noTags, 'not-tags-any': noTags },
  instance_name: z.never('is not supported: use name').optional(),
  access_ip_v4: z.never('is not supported: use ip').optional(),
  access_ip_v6: z.never('is not supported: use ip6').optional(),
};

/**
 * What has no meaning here is refused: a list that is wider than was asked for would mislead scripts. `name` and
 * `ip` are regular expressions, as in Nova.
 */
export const listServers = z
  .strictObject({
    name: queryText,
    ip: queryText,
    status: queryText,
    vm_state: queryText,
    task_state: queryText,
    power_state: z.string().regex(/^\d$/).transform(Number),
    flavor: queryText,
    image: queryText,
    key_name: queryText,
    config_drive: queryBoolean,
    reservation_id: queryText,
    host: queryText,
    node: queryText,
    tenant_id: queryText,
    project_id: queryText,
    user_id: queryText,
    all_tenants: z.union([z.literal('').transform(() => true), queryBoolean]),
    deleted: queryBoolean,
    availability_zone: queryText,
    progress: wholeNumber(0).pipe(z.number().max(100)),
    ip6: queryText,
    locked: queryBoolean,
    'changes-since': queryTime,
    sort_key: z.enum(serverSortKeys),
    sort_dir: z.enum(['asc', 'desc']),
    ...notFilters,
  })
  .partial()
  .extend(novaPageQuery);
export type ListServers = z.output<typeof listServers>;
