import { openSession } from '@metalcast/cloud-client';
import { z } from 'zod';
import type { Run } from '../../action.js';
import { account } from '../../environment.js';
import { age } from '../../output/age.js';
import { table } from '../../output/table.js';

const services = z.object({
  services: z.array(
    z.looseObject({
      binary: z.string(),
      host: z.string(),
      zone: z.string(),
      status: z.string(),
      state: z.string(),
      updated_at: z.string().nullish(),
    }),
  ),
});
export type ListedService = z.output<typeof services>['services'][number];

/** `metalcast service list` (Compute API os-services). */
export const serviceList: Run = async (call) => {
  const session = await openSession(account(call));
  const answer = await session.request({ api: 'compute', path: '/os-services' });
  const listed = services.parse(answer).services;
  return { text: serviceTable(listed, new Date()), data: listed };
};

export function serviceTable(listed: readonly ListedService[], now: Date): string {
  return table(
    ['BINARY', 'HOST', 'ZONE', 'STATUS', 'STATE', 'LAST HEARD'],
    listed.map(({ binary, host, zone, status, state, updated_at: updatedAt }) => [
      binary,
      host,
      zone,
      status,
      state,
      typeof updatedAt === 'string' ? age(novaTime(updatedAt), now) : 'never',
    ]),
  );
}

/** Nova's times are in UTC and have no zone. */
const novaTime = (text: string): Date =>
  new Date(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
