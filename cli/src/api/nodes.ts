import { CloudError, type Session } from '@metalcast/cloud-client';
import { z } from 'zod';

const fault = z
  .looseObject({
    code: z.string(),
    message: z.string(),
    evidence: z.array(z.string()).optional(),
  })
  .nullish();

const powerCommand = z.looseObject({
  key: z.string(),
  target: z.string(),
  state: z.string(),
  fault,
  finished_at: z.string().nullish(),
});
/** A power command in the answers of /metalcast/v1/nodes. */
export type PowerCommand = z.output<typeof powerCommand>;

/** A node in the answers of /metalcast/v1/nodes. Unknown fields of a newer api are kept. */
const node = z.looseObject({
  uuid: z.string(),
  name: z.string().nullish(),
  state: z.string(),
  rack: z.string().nullish(),
  maintenance: z.boolean(),
  quarantined: z.boolean().optional(),
  boot_mode: z.string(),
  /** Servers whose data its disks hold. */
  data_of: z.array(z.string()).optional(),
  instance_uuid: z.string().nullish(),
  interfaces: z.array(z.unknown()).optional(),
  power: z.looseObject({
    state: z.string(),
    observed_at: z.string().nullish(),
    reached: z.boolean().optional(),
    fault,
    last_command: powerCommand.nullish(),
  }),
  fault,
});
export type ListedNode = z.output<typeof node>;

const one = z.object({ node });
const many = z.object({
  nodes: z.array(node),
  nodes_links: z.array(z.object({ rel: z.string(), href: z.string() })).optional(),
});
const power = z.object({ power: z.string() });

const api = 'metalcast';

/** `which` is a node's uuid or name; the api resolves it. */
const pathOf = (which: string): string => `/nodes/${encodeURIComponent(which)}`;

/** All nodes, read page by page. */
export async function listNodes(session: Session): Promise<ListedNode[]> {
  const nodes: ListedNode[] = [];
  let search: string | undefined = '';
  while (search !== undefined) {
    const page: z.output<typeof many> = many.parse(
      await session.request({ api, path: `/nodes${search}` }),
    );
    nodes.push(...page.nodes);
    const next = page.nodes_links?.find(({ rel }) => rel === 'next');
    search = next === undefined ? undefined : new URL(next.href).search;
  }
  return nodes;
}

export async function showNode(session: Session, which: string): Promise<ListedNode> {
  return one.parse(await session.request({ api, path: pathOf(which) })).node;
}

export async function enrolNode(session: Session, enrolment: object): Promise<ListedNode> {
  return one.parse(
    await session.request({ api, method: 'POST', path: '/nodes', body: { node: enrolment } }),
  ).node;
}

const results = z.object({
  results: z.array(
    z.object({
      node: node.optional(),
      error: z.looseObject({ code: z.string(), message: z.string() }).optional(),
    }),
  ),
});
/** Result of one machine: its node or the error. */
export type EnrolResult = z.output<typeof results>['results'][number];

/** Enrols each machine independently. Results are in the order of the machines. */
export async function enrolNodes(
  session: Session,
  nodes: readonly object[],
): Promise<EnrolResult[]> {
  const body = { nodes };
  return results.parse(await session.request({ api, method: 'POST', path: '/nodes:batch', body }))
    .results;
}

const changed = z.object({ nodes: z.array(node) });

/** Applies the same changes to all nodes, or to none. */
export async function changeNodes(
  session: Session,
  which: readonly string[],
  changes: object,
): Promise<ListedNode[]> {
  const body = { nodes: which.map((one) => ({ node: one, changes })) };
  return changed.parse(await session.request({ api, method: 'PATCH', path: '/nodes:batch', body }))
    .nodes;
}

const removed = z.object({
  removed: z.array(z.object({ uuid: z.string() })),
});

/** Removes all nodes, or none. */
export async function removeNodes(
  session: Session,
  which: readonly string[],
): Promise<z.output<typeof removed>['removed']> {
  const body = { nodes: which };
  return removed.parse(await session.request({ api, method: 'POST', path: '/nodes:remove', body }))
    .removed;
}

export interface NewInterface {
  readonly address: string;
  readonly pxe: boolean;
}

export async function addInterface(
  session: Session,
  which: string,
  nic: NewInterface,
): Promise<ListedNode> {
  const path = `${pathOf(which)}/interfaces`;
  const body = { interface: nic };
  return one.parse(await session.request({ api, method: 'POST', path, body })).node;
}

export async function removeInterface(
  session: Session,
  which: string,
  address: string,
): Promise<void> {
  const path = `${pathOf(which)}/interfaces/${encodeURIComponent(address)}`;
  await session.request({ api, method: 'DELETE', path });
}

/** The present power state, read from the BMC. */
export async function readPower(session: Session, which: string): Promise<string> {
  return power.parse(await session.request({ api, path: `${pathOf(which)}/power` })).power;
}

const requested = z.object({ command: z.object({ key: z.string() }) });

/** Requests the change without waiting for it. Returns the key of the command. */
export async function setPower(session: Session, which: string, target: string): Promise<string> {
  const path = `${pathOf(which)}/power`;
  return requested.parse(await session.request({ api, method: 'POST', path, body: { target } }))
    .command.key;
}

const shownCommand = z.object({ command: powerCommand });

/** A power command as it stands, or ended; undefined: the power service has not taken it in yet. */
export async function showPowerCommand(
  session: Session,
  which: string,
  key: string,
): Promise<PowerCommand | undefined> {
  try {
    const path = `${pathOf(which)}/power/commands/${encodeURIComponent(key)}`;
    return shownCommand.parse(await session.request({ api, path })).command;
  } catch (error) {
    if (error instanceof CloudError && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}
