// What a cloud has kept: rows by table, files by folder, and of each service its descriptors, its heap and its memory.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Prisma } from '@metalcast/db';
import { serviceNames } from '@metalcast/domain';
import type { Cloud } from '@metalcast/simulated-cloud';
import type { UsedHeaps } from './used-heap.js';

/** Numbers by what they count: `rows events`, `files boot`, `fds power`, `heap power` and `rss power` (MiB). */
export type Measured = Readonly<Record<string, number>>;

export async function measure(cloud: Cloud, heaps: UsedHeaps): Promise<Measured> {
  const pids = await cloud.pids();
  const used: [string, number][] = [];
  for (const name of serviceNames) {
    const pid = pids.get(name);
    if (pid === undefined) {
      throw new Error(`${name} does not run`);
    }
    used.push([`heap ${name}`, await heaps.of(pid)]);
  }
  return Object.fromEntries([
    ...(await rowsOf(cloud)),
    ...serviceNames.map((name) => [`files ${name}`, filesIn(join(cloud.dataFolder, name))]),
    ...used,
    ...serviceNames.flatMap((name) => {
      const folder = `/proc/${String(pids.get(name))}`;
      return [
        [`fds ${name}`, readdirSync(join(folder, 'fd')).length],
        [`rss ${name}`, residentMb(join(folder, 'status'))],
      ];
    }),
  ]) as Measured;
}

async function rowsOf({ database }: Cloud): Promise<[string, number][]> {
  const tables = await database.sql.$queryRaw<{ name: string }[]>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`;
  const counts: [string, number][] = [];
  for (const { name } of tables) {
    const [counted] = await database.sql.$queryRaw<{ rows: number }[]>(
      Prisma.sql`SELECT count(*)::int AS rows FROM ${Prisma.raw(`"${name}"`)}`,
    );
    counts.push([`rows ${name}`, counted?.rows ?? 0]);
  }
  return counts;
}

/** Of any depth; links count as files. */
const filesIn = (folder: string): number => {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
      (entry) => !entry.isDirectory(),
    ).length;
  } catch {
    return 0;
  }
};

const residentMb = (status: string): number =>
  Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(status, 'utf8'))?.[1]) / 1024);

/** A line for each number that is not 0 all the time. */
export function curveOf(curve: readonly Measured[]): string {
  const keys = Object.keys(curve[0] ?? {}).filter((key) => curve.some((each) => each[key] !== 0));
  return keys
    .map(
      (key) => `${key.padEnd(26)} ${curve.map((each) => String(each[key]).padStart(6)).join('')}\n`,
    )
    .join('');
}
