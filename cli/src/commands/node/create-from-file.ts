import type { Session } from '@metalcast/cloud-client';
import { enrolNodes, type EnrolResult } from '../../api/nodes.js';
import { CommandFailure } from '../../failure.js';
import type { Result } from '../../result.js';
import type { Entry } from '../../enrolment/enrolment-entry.js';
import { entriesOf } from '../../enrolment/enrolment-file.js';

/** Nodes of one request: far below what the api takes. */
const mostNodes = 250;
const mostBytes = 1024 ** 2;

type Told = EnrolResult & Pick<Entry, 'where'>;

/**
 * Enrols each machine of the file; those that cannot be are told with their line, and keep no other out. `common` holds
 * for machines that do not say it themselves.
 */
export async function enrolFile(
  file: string,
  common: Readonly<Record<string, unknown>>,
  open: () => Promise<Session>,
): Promise<Result> {
  const entries = entriesOf(file).map(({ where, node }) => ({ where, node: merged(common, node) }));
  const session = await open();
  const told: Told[] = [];
  for (const piece of pieces(entries)) {
    told.push(...(await enrolPiece(session, piece, told)));
  }
  return resultOf(file, told);
}

/** An answer that fails leaves open what became of this piece; what came before it is enrolled. */
async function enrolPiece(
  session: Session,
  piece: readonly Entry[],
  before: readonly Told[],
): Promise<Told[]> {
  try {
    const results = await enrolNodes(
      session,
      piece.map(({ node }) => node),
    );
    return results.map((result, index) => ({ where: piece[index]?.where ?? '', ...result }));
  } catch (error) {
    if (before.length === 0) {
      throw error;
    }
    const [first, last] = [piece[0]?.where ?? '', piece.at(-1)?.where ?? ''];
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(
      `From ${first} to ${last}: ${why} ${enrolledOf(before).length} machines before it are enrolled.`,
      {
        cause: error,
        remedy: 'The same command goes on; it tells of those as being there already.',
      },
    );
  }
}

function resultOf(file: string, told: readonly Told[]): Result {
  const created = enrolledOf(told).length;
  const failed = told.filter(({ error }) => error !== undefined);
  const lines = failed.map(({ where, error }) => `${file}, ${where}: ${error?.message ?? ''}`);
  return {
    text: [...lines, `enrolled ${created} of ${told.length} machines`].join('\n'),
    data: { created, failed: failed.length, results: told },
    ...(failed.length > 0 ? { exitCode: 1 } : {}),
  };
}

const enrolledOf = (told: readonly Told[]): Told[] => told.filter(({ node }) => node !== undefined);

/** Of the BMC each part for itself: the account may be one for all, the address never is. */
function merged(common: Entry['node'], node: Entry['node']): Entry['node'] {
  const power = { ...(common['power'] as object | undefined), ...partsOf(node['power']) };
  const isSaid = Object.keys(power).length > 0;
  return { ...common, ...node, ...(isSaid ? { power } : {}) };
}

/** What is no object stays as it is, for the api to refuse. */
const partsOf = (power: unknown): object => (typeof power === 'object' ? (power ?? {}) : {});

function* pieces(entries: readonly Entry[]): Generator<Entry[]> {
  let piece: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(JSON.stringify(entry.node));
    if (piece.length > 0 && (piece.length >= mostNodes || bytes + size > mostBytes)) {
      yield piece;
      [piece, bytes] = [[], 0];
    }
    piece.push(entry);
    bytes += size;
  }
  yield piece;
}
