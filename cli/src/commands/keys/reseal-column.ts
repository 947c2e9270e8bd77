import type { Database } from '@metalcast/db';
import {
  readSecrets,
  replaceSecrets,
  type SecretColumn,
  type StoredSecret,
} from '@metalcast/db/ciphertexts';
import { Fault } from '@metalcast/domain';
import { sealedTo, type Opener, type Sealer } from '@metalcast/keys';
import { isOfFormerKey, type FormerKey } from './former-key.js';

/** Small batches, so that no row is locked for long. */
const batch = 100;

export interface ColumnResult {
  readonly column: SecretColumn;
  readonly resealed: number;
  /** Secrets that are sealed to the key in use already, or that a service has changed meanwhile. */
  readonly kept: number;
  readonly unreadable: readonly Unreadable[];
}

interface Unreadable {
  readonly owner: string;
  readonly reason: string;
}

export interface ResealTools {
  readonly database: Database;
  readonly opener: Opener;
  readonly sealer: Sealer;
  /** The id of the key in use. */
  readonly current: string;
  readonly former: FormerKey | undefined;
}

/** Seals all secrets of a column to the key in use. */
export async function resealColumn(
  column: SecretColumn,
  tools: ResealTools,
): Promise<ColumnResult> {
  const unreadable: Unreadable[] = [];
  let seen = 0;
  let resealed = 0;
  for (let after: string | undefined; ;) {
    const read = await readSecrets(tools.database, column, { after, limit: batch });
    const sealed = await Promise.all(
      read
        .filter((stored) => sealedTo(stored.sealed) !== tools.current)
        .map((stored) => resealOne(column, stored, tools)),
    );
    const replacements = sealed.filter((each) => 'sealed' in each);
    unreadable.push(...sealed.filter((each) => 'reason' in each));
    resealed += await replaceSecrets(tools.database, column, replacements);
    seen += read.length;
    after = read.at(-1)?.uuid;
    if (read.length < batch) {
      return { column, resealed, kept: seen - resealed - unreadable.length, unreadable };
    }
  }
}

async function resealOne(
  column: SecretColumn,
  { uuid, sealed: before }: StoredSecret,
  { opener, sealer, former }: ResealTools,
): Promise<(StoredSecret & { before: string }) | Unreadable> {
  const owner = `${column}:${uuid}`;
  let plain: string;
  try {
    plain = isOfFormerKey(before)
      ? openFormer(owner, before, former)
      : await opener.open(owner, before);
  } catch (error) {
    if (error instanceof Fault && error.code === 'SECRET_UNREADABLE') {
      return { owner, reason: String(error.details['reason']) };
    }
    throw error;
  }
  return { uuid, before, sealed: await sealer.seal(owner, plain) };
}

function openFormer(owner: string, cipherText: string, former: FormerKey | undefined): string {
  const unreadable = (reason: string, cause?: unknown): Fault =>
    new Fault('SECRET_UNREADABLE', { owner, reason }, { cause });
  if (former === undefined) {
    throw unreadable('it was encrypted by the former key: give --former-key-file');
  }
  try {
    return former(owner, cipherText);
  } catch (cause) {
    throw unreadable('the former key does not open it', cause);
  }
}
