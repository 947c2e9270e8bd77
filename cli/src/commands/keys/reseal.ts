import { Database } from '@metalcast/db';
import { secretColumns, type SecretColumn } from '@metalcast/db/ciphertexts';
import { KeySet, Opener, publicHalf, readKeyFolder, Sealer, type JwkFile } from '@metalcast/keys';
import type { Run } from '../../action.js';
import { databaseUrl } from '../../environment.js';
import { table } from '../../output/table.js';
import { onDatabase } from '../db/reach.js';
import { readFormerKey, type FormerKey } from './former-key.js';
import { resealColumn, type ColumnResult } from './reseal-column.js';

const purposeOf: Readonly<Record<SecretColumn, 'bmc' | 'instance'>> = {
  'nodes.pm_secret': 'bmc',
  'instances.user_data': 'instance',
  'instances.injected_files': 'instance',
  'instances.admin_pass': 'instance',
};

/** `metalcast keys reseal`. Idempotent: a repeated run continues an interrupted one. */
export const keysReseal: Run = async (call) => {
  const [folder = ''] = call.args;
  const url = databaseUrl(call);
  const keys = {
    bmc: readKeyFolder(folder, 'bmc'),
    instance: readKeyFolder(folder, 'instance'),
  };
  const file = call.options['formerKeyFile'];
  const former = typeof file === 'string' ? readFormerKey(file) : undefined;
  const results = await onDatabase(url, () => resealAll(url, keys, former));
  const unreadable = results.flatMap((result) => result.unreadable);
  return {
    text: [
      table(
        ['COLUMN', 'RESEALED', 'UNCHANGED', 'UNREADABLE'],
        results.map((result) => [
          result.column,
          String(result.resealed),
          String(result.kept),
          String(result.unreadable.length),
        ]),
      ),
      ...unreadable.map(({ owner, reason }) => `${owner}: ${reason}`),
    ].join('\n'),
    data: { columns: results },
    exitCode: unreadable.length > 0 ? 1 : 0,
  };
};

async function resealAll(
  url: string,
  files: Readonly<Record<'bmc' | 'instance', JwkFile>>,
  former: FormerKey | undefined,
): Promise<ColumnResult[]> {
  const database = new Database({ url, poolSize: 1, applicationName: 'metalcast-keys' });
  try {
    const results: ColumnResult[] = [];
    for (const column of secretColumns) {
      const file = files[purposeOf[column]];
      const keys = new KeySet(file);
      const tools = {
        database,
        opener: new Opener({ keys }),
        sealer: new Sealer({ keys: new KeySet(publicHalf(file)) }),
        current: keys.at(Date.now()).kid,
        former,
      };
      results.push(await resealColumn(column, tools));
    }
    return results;
  } finally {
    await database.close();
  }
}
