import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { LabPaths } from '../lab-paths.js';
import { placeOf, serverUrls, type ExternalServers } from './server-urls.js';

const remembered = z.object({ amqp: z.string().optional(), database: z.string().optional() });

const variables = { amqp: 'AMQP_URL', database: 'DATABASE_URL' } as const;

/** Only its owner can read the file, because the URLs contain passwords. */
const fileIn = ({ data }: LabPaths): string => join(data, 'servers.json');

/**
 * The servers of an existing lab, whether the variables are still set or not, since the lab's data is on those servers.
 * Undefined for a new lab. Throws when the variables now name other servers.
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
        `This lab was started with ${place}, but ${variables[name]} names another server or login: ` +
          'run "npm run lab -- down" first.',
      );
    }
  }
  return chosen;
}

export function rememberServers(paths: LabPaths, { amqp, database }: ExternalServers): void {
  const content = { amqp: amqp?.href, database: database?.href };
  writeFileSync(fileIn(paths), JSON.stringify(content), { mode: 0o600 });
}
