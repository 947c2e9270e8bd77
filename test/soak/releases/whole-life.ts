import { operationState, unendedOperationStates } from '@metalcast/domain';
import type { Cloud } from '@metalcast/simulated-cloud';
import { waitFor } from '@metalcast/testing';

const patient = { timeoutMs: 240_000, everyMs: 250 };

/** Two ways to ask for something, taken in turn. */
export type Apis = readonly [Cloud, Cloud];

/**
 * A requested server is built, switched off and on, rebooted and deleted, each by the other api than before. Throws
 * where something did not happen. `steady` is awaited when it is built.
 */
export async function wholeLife(
  [one, other]: Apis,
  id: string,
  steady?: Promise<unknown>,
): Promise<void> {
  await active(other, id);
  await steady;
  const node = await nodeOf(one, id);
  for (const [api, target, stage] of [
    [other, 'off', 'off'],
    [one, 'on', 'system'],
  ] as const) {
    await api.session.request({
      ...{ api: 'metalcast', method: 'POST', path: `/nodes/${node}/power` },
      body: { target },
    });
    const isThere = async (): Promise<boolean> => (await api.machines.see(node)).stage === stage;
    await waitFor(isThere, { ...patient, what: `${node} to be ${target}` });
  }
  await reboot(other, id);
  await one.delete(id);
  await one.deleted(id, patient.timeoutMs);
}

/** Waits for the end of the build; throws with the fault when the server is not active. */
export async function active(cloud: Cloud, id: string): Promise<void> {
  const { status, fault } = await cloud.built(id, patient.timeoutMs);
  if (status !== 'ACTIVE') {
    throw new Error(`server ${id} is ${status}: ${JSON.stringify(fault)}`);
  }
}

async function reboot(cloud: Cloud, id: string): Promise<void> {
  await cloud.session.request({
    ...{ api: 'compute', method: 'POST', path: `/servers/${id}/action` },
    body: { reboot: { type: 'HARD' } },
  });
  const { operation } = cloud.database.prisma;
  const ended = async (): Promise<string | undefined> => {
    const row = await operation.findFirst({
      where: { instanceUuid: id, kind: 'reboot', state: { notIn: [...unendedOperationStates] } },
      select: { state: true },
    });
    return row?.state;
  };
  const state = await waitFor(ended, { ...patient, what: `the reboot of ${id}` });
  if (state !== operationState.succeeded) {
    throw new Error(`the reboot of ${id} has ${state}`);
  }
}

async function nodeOf(cloud: Cloud, id: string): Promise<string> {
  const node = (await cloud.nodes()).find(({ instance_uuid: uuid }) => uuid === id);
  if (node === undefined) {
    throw new Error(`no node has server ${id}`);
  }
  return node.name;
}
