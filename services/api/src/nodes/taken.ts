import { findBmcHolder, isUniqueViolation, type Database } from '@metalcast/db';
import { nodeLabel } from '@metalcast/domain';
import type { BmcColumns } from './power-enrolment.js';

/** What a node is to have that no other node may have. */
export interface Claims {
  readonly uuid: string;
  readonly bmc?: BmcColumns;
  readonly macs?: readonly string[];
  readonly name?: string | null | undefined;
}

/** Which of it another node has, after `error` said that one has. */
export async function takenReason(
  database: Database,
  claims: Claims,
  error: unknown,
): Promise<string> {
  return (
    (await sharedBmc(database, claims)) ??
    (isUniqueViolation(error, 'address') ? await sharedMac(database, claims) : undefined) ??
    (isUniqueViolation(error, 'name') ? await sharedName(database, claims) : undefined) ??
    `Another node has this ${isUniqueViolation(error, 'uuid') ? 'uuid' : 'value'} already.`
  );
}

async function sharedBmc(database: Database, { uuid, bmc }: Claims): Promise<string | undefined> {
  const holder = bmc === undefined ? undefined : await findBmcHolder(database, uuid, bmc);
  return holder === undefined
    ? undefined
    : `The BMC ${bmc?.bmcKey ?? ''} is that of node ${nodeLabel(holder)} already; one that controls two nodes would switch off the other's server.`;
}

/** The holder may have been removed meanwhile. */
async function sharedMac(database: Database, { uuid, macs = [] }: Claims): Promise<string> {
  const held = await database.prisma.interface.findFirst({
    where: { address: { in: [...macs] } },
    include: { node: { select: { uuid: true, name: true } } },
  });
  const twice = macs.find((mac, i) => macs.indexOf(mac) !== i);
  if (held !== null) {
    const who = held.node.uuid === uuid ? 'The node itself' : `Node ${nodeLabel(held.node)}`;
    return `${who} has the MAC address ${held.address} already.`;
  }
  return twice === undefined
    ? 'Another node has this MAC address already.'
    : `The MAC address ${twice} is given twice.`;
}

async function sharedName(database: Database, { name }: Claims): Promise<string> {
  const [holder] = await database.prisma.$queryRaw<{ uuid: string; name: string }[]>`
    SELECT uuid, name FROM nodes WHERE lower(name) = lower(${name ?? ''})`;
  return holder === undefined
    ? 'Another node has this name already.'
    : `Node ${nodeLabel(holder)} has this name already.`;
}
