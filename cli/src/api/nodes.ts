import { z } from 'zod';
import { CommandFailure } from '../failure.js';
import type { Session } from './session.js';

const fault = z.looseObject({ code: z.string(), message: z.string() });

/** A node as /metalcast/v1/nodes tells it: what OpenStack's own list lacks. */
const node = z.looseObject({
  id: z.number(),
  uuid: z.string(),
  name: z.string().nullish(),
  task_state: z.string().nullish(),
  boot_mode: z.string().nullish(),
  power_state: z.union([z.string(), z.number()]).nullish(),
  maintenance: z.boolean().nullish(),
  instance_uuid: z.string().nullish(),
  fault: fault.nullish(),
});
export type ListedNode = z.output<typeof node>;

const nodes = z.object({ nodes: z.array(node) });

export async function listNodes(session: Session): Promise<ListedNode[]> {
  return nodes.parse(await session.request('metalcast', 'GET', '/nodes')).nodes;
}

/** The node of this number, uuid or name, in that order. */
export function findNode(listed: readonly ListedNode[], which: string): ListedNode {
  const found =
    listed.find(({ id }) => String(id) === which) ??
    listed.find(({ uuid }) => uuid === which.toLowerCase()) ??
    listed.find(({ name }) => name === which);
  if (found === undefined) {
    throw new CommandFailure(`There is no node ${which}.`, {
      code: 'NOT_FOUND',
      remedy: '`metalcast node list` shows those there are.',
    });
  }
  return found;
}
