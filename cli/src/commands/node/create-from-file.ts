import type { Session } from '@metalcast/cloud-client';
import { enrolNodes, type EnrolResult } from '../../api/nodes.js';
import { CommandFailure } from '../../failure.js';
import type { Result } from '../../result.js';
import type { Entry } from '../../enrolment/enrolment-entry.js';
import { entriesOf } from '../../enrolment/enrolment-file.js';

/** Nodes per request, far below the limit of the api. */
const mostNodes = 250;
const mostBytes = 1024 ** 2;

type EntryResult = EnrolResult & Pick<Entry, 'where'>;

/**
 * Enrols each machine of the file. A machine that fails is reported with its line and does not stop the others.
 * `common` holds defaults for all machines.
 */
export async function enrolFile(
  file: string,
  common: Readonly<Record<string, unknown>>,
  open: () => Promise<Session>,
): Promise<Result> {
  const entries = entriesOf(file).map(({ where, node }) => ({ where, node: merged(common, node) }));
  const session = await open();
  const results: EntryResult[] = [];
  for (const batch of batches(entries)) {
    results.push(...(await enrolBatch(session, batch, results)));
  }
  return resultOf(file, results);
}

/** When a request fails, the results of its batch are unknown; the earlier batches are enrolled. */
async function enrolBatch(
  session: Session,
  batch: readonly Entry[],
  before: readonly EntryResult[],
): Promise<EntryResult[]> {
  try {
    const results = await enrolNodes(
      session,
      batch.map(({ node }) => node),
    );
    return results.map((result, index) => ({ where: batch[index]?.where ?? '', ...result }));
  } catch (error) {
    if (before.length === 0) {
      throw error;
    }
    const [first, last] = [batch[0]?.where ?? '', batch.at(-1)?.where ?? ''];
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(
      `From ${first} to ${last}: ${why} ${enrolledOf(before).length} machines before it are enrolled.`,
      {
        cause: error,
        remedy: 'Run the same command again; it reports the enrolled machines as existing.',
      },
    );
  }
}

function resultOf(file: string, results: readonly EntryResult[]): Result {
  const created = enrolledOf(results).length;
  const failed = results.filter(({ error }) => error !== undefined);
  const lines = failed.map(({ where, error }) => `${file}, ${where}: ${error?.message ?? ''}`);
  return {
    text: [...lines, `enrolled ${created} of ${results.length} machines`].join('\n'),
    data: { created, failed: failed.length, results: results },
    ...(failed.length > 0 ? { exitCode: 1 } : {}),
  };
}

const enrolledOf = (results: readonly EntryResult[]): EntryResult[] =>
  results.filter(({ node }) => node !== undefined);

/** Merges the BMC's fields one by one: machines may share an account but never an address. */
function merged(common: Entry['node'], node: Entry['node']): Entry['node'] {
  const power = { ...(common['power'] as object | undefined), ...partsOf(node['power']) };
  const isSaid = Object.keys(power).length > 0;
  return { ...common, ...node, ...(isSaid ? { power } : {}) };
}

/** A value that is not an object stays, and the api rejects it. */
const partsOf = (power: unknown): object => (typeof power === 'object' ? (power ?? {}) : {});

function* batches(entries: readonly Entry[]): Generator<Entry[]> {
  let batch: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(JSON.stringify(entry.node));
    if (batch.length > 0 && (batch.length >= mostNodes || bytes + size > mostBytes)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(entry);
    bytes += size;
  }
  yield batch;
}
