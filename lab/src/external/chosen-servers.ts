import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { LabPaths } from '../lab-paths.js';
import { placeOf, serverUrls, type ExternalServers } from './server-urls.js';

const remembered = z.object({ amqp: z.string().optional(), database: z.string().optional() });

const variables = { amqp: 'AMQP_URL', database: 'DATABASE_URL' } as const;

/** A file of its owner's alone: the URLs carry passwords. */
const fileIn = ({ data }: LabPaths): string => join(data, 'servers.json');

/**
 * The servers of a lab that was begun, whether the variables are still set or not: what it has made there stays its
 * own. Undefined for a lab that is new. Throws when the variables now name others.
 */
export function chosenServers(
  paths: LabPaths,
  given: ExternalServers,
): ExternalServers | undefined {
  const file = fileIn(paths);
  if (!existsSync(file)) {
    return undefined;
  }
  const chosen = serverUrls(remembered.parse(JSON.parse(readFileSync(file, 'utf8'))));
  for (const name of ['amqp', 'database'] as const) {
    const [before, now] = [chosen[name], given[name]];
    if (now !== undefined && now.href !== before?.href) {
      const place = before === undefined ? 'one of its own' : placeOf(name, before);
      throw new Error(
        `This lab was begun with ${place}, and ${variables[name]} names another or another way to log in: ` +
          'first "npm run lab -- down".',
      );
    }
  }
  return chosen;
}

export function rememberServers(paths: LabPaths, { amqp, database }: ExternalServers): void {
  const content = { amqp: amqp?.href, database: database?.href };
  writeFileSync(fileIn(paths), JSON.stringify(content), { mode: 0o600 });
}
