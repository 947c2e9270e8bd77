import {
  keyFiles,
  keyVariable,
  purposes,
  readKeyFolder,
  type Jwk,
  type KeyFileRow,
  type KeyName,
  type Purpose,
} from '@metalcast/keys';
import type { Run } from '../../action.js';
import { table } from '../../output/table.js';

interface ShownKey {
  readonly id: string;
  readonly purpose: Purpose;
  readonly state: string;
}

export const keysShow: Run = ({ args: [folder = ''] }) => {
  const now = Date.now();
  const keys = (Object.keys(purposes) as Purpose[]).flatMap((purpose) =>
    shownKeys(purpose, readKeyFolder(folder, purpose).keys, now),
  );
  const files = (Object.entries(keyFiles) as [KeyName, KeyFileRow][]).map(([name, row]) => ({
    file: row.file,
    services: row.services,
    option: keyVariable(name),
    use: row.use,
  }));
  const text = [
    table(
      ['KEY', 'PROTECTS', 'STATE'],
      keys.map(({ id, purpose, state }) => [id, purposes[purpose].protects, state]),
    ),
    '',
    table(
      ['FILE', 'SERVICES', 'OPTION'],
      files.map(({ file, services, option }) => [file, services.join(', '), option]),
    ),
  ].join('\n');
  return Promise.resolve({ text, data: { keys, files } });
};

/** Newest first: future keys, the key in use, older keys. */
function shownKeys(purpose: Purpose, keys: readonly Jwk[], now: number): ShownKey[] {
  const current = keys.findIndex(({ nbf = 0 }) => nbf * 1000 <= now);
  return keys.map(({ kid, nbf = 0 }, place) => ({
    id: kid,
    purpose,
    state:
      place === current
        ? 'in use'
        : place > current && current !== -1
          ? 'only opens older secrets'
          : `in use from ${new Date(nbf * 1000).toISOString()}`,
  }));
}
