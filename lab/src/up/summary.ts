import { relative } from 'node:path';
import { addressOf } from '../cloud/server.js';
import { hostUrls } from './addresses.js';
import type { LabContext } from './lab-context.js';

/** The text that a person needs when the lab is up. */
export function summary(context: LabContext): string {
  const { paths, server, readyLine } = context;
  const openrc = relative(process.cwd(), paths.openrc);
  return [
    '',
    ...(server === undefined
      ? []
      : [
          `Server ${server.name} (${server.id}) is ${server.status} at ${addressOf(server) ?? '?'}.`,
        ]),
    ...(readyLine === undefined ? [] : [`Its console says: ${readyLine}`, '']),
    `The API is at ${hostUrls(context).api}. Next:`,
    `  . ${openrc} && openstack server list`,
    '  npm run lab -- status | console node1 | down',
  ].join('\n');
}
