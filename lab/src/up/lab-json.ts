import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { LabPaths } from '../lab-paths.js';
import { hostUrls } from './addresses.js';
import { requireResult, type LabContext } from './lab-context.js';

const controlExchange = 'nova';

const labJson = z.object({
  /** URLs that work from the host. */
  api: z.url(),
  amqp: z.url(),
  database: z.url(),
  controlExchange: z.string(),
  namespace: z.string(),
  services: z.array(z.object({ name: z.string(), pid: z.int(), health: z.url() })),
  nodes: z.array(
    z.object({
      uuid: z.string(),
      /** `address` is valid inside the namespace; `credentials` and `serial` are files. */
      bmc: z.object({ address: z.string(), port: z.int(), credentials: z.string() }),
      macs: z.array(z.string()),
      serial: z.string(),
    }),
  ),
});

/** The content of lab.json, for scripts. */
export type LabJson = z.infer<typeof labJson>;

/** Only its owner can read the file, because two of the URLs contain passwords. */
export function writeLabJson(context: LabContext): void {
  const services = requireResult(context.services, 'the list of services');
  const content: LabJson = {
    ...hostUrls(context),
    controlExchange,
    namespace: context.paths.namespace,
    services: services.map(({ name, pid, health }) => ({
      name,
      pid: requireResult(pid, 'a pid'),
      health,
    })),
    nodes: requireResult(context.rack, 'the rack').nodes.map(({ uuid, bmc, macs, serial }) => ({
      uuid,
      bmc: { address: bmc.address, port: bmc.port, credentials: bmc.passwordFile },
      macs: [...macs],
      serial,
    })),
  };
  writeFileSync(context.paths.labJson, `${JSON.stringify(content, undefined, 2)}\n`, {
    mode: 0o600,
  });
}

/** Undefined when the lab is down, or was never completely up. */
export function readLabJson({ labJson: file }: LabPaths): LabJson | undefined {
  return existsSync(file) ? labJson.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}
