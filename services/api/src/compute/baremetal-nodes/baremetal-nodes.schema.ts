import { z } from 'zod';
import { maxInteger, novaInteger } from '../../http/requests/nova-values.js';
import { unsortedNovaPageQuery } from '../../http/requests/page-query.js';
import { mac } from '../../nodes/node.schema.js';

const text = z.string().trim().min(1).max(255);
const port = novaInteger(1, 65_535);
const size = novaInteger(1);

export const listBaremetalNodes = z.strictObject(unsortedNovaPageQuery);

/** The keys of 2013 and no other: what names a column that is not the operator's is refused. */
export const createNode = z.strictObject({
  node: z.strictObject({
    service_host: text,
    cpus: size,
    memory_mb: size,
    local_gb: size,
    pm_address: text.nullish(),
    pm_user: z.string().max(255).nullish(),
    pm_password: z.string().max(255).nullish(),
    terminal_port: port.nullish(),
    prov_mac_address: mac.nullish(),
    uuid: z.uuid().nullish(),
    interfaces: z.tuple([], 'add interfaces by the action add_interface').nullish(),
  }),
});

const addInterface = z.strictObject({
  address: mac,
  datapath_id: z
    .union([z.string().max(255), z.number()])
    .transform(String)
    .nullish(),
  port_no: novaInteger(0).nullish(),
});

const removeInterface = z
  .strictObject({ id: z.number().int().min(1).max(maxInteger).nullish(), address: mac.nullish() })
  .refine(
    ({ id, address }) => (id ?? address ?? undefined) !== undefined,
    'Must specify id or address',
  );

export const nodeAction = z.union([
  z.strictObject({ add_interface: addInterface }),
  z.strictObject({ remove_interface: removeInterface }),
]);
