import { z } from 'zod';
import { novaFaultNames } from '../faults/fault-bodies.js';
import { fault } from './answers/metalcast.js';

const reason = { code: z.int(), message: z.string() };

const nova = z
  .partialRecord(z.enum(novaFaultNames), z.strictObject(reason))
  .describe('One member, which is named by the status.');

const keystone = z.strictObject({ error: z.strictObject({ ...reason, title: z.string() }) });

const neutron = z.strictObject({
  NeutronError: z.strictObject({ type: z.string(), message: z.string(), detail: z.string() }),
});

const metalcast = z.strictObject({ error: fault.extend({ request_id: z.string() }) });

/** How each API writes its faults; all refuse a token as Keystone's middleware does. */
export const faultSchemas = {
  compute: nova,
  identity: keystone,
  image: keystone,
  network: neutron,
  metalcast,
} as const;
