import type { Database } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import type { EnrolledNode } from '../bmc.js';
import { identifyBmc, type IdentifiedBmc } from '../bmc-identity.js';
import { OutOfTime } from './held-command.js';
import type { PatientBmcOptions } from './patient-bmc.js';
import { nextPause, pause } from './pause.js';

export interface Patience extends Pick<PatientBmcOptions, 'permission' | 'patience'> {
  /** Called each time that the name has no address. */
  readonly onSilence: (fault: Fault) => void;
}

/**
 * Calls `identifyBmc` for a command, and retries it like the command's requests: a name server may be away for a while
 * like a BMC. The command's deadline ends it with the fault of the last try.
 */
export async function identifyPatiently<N extends EnrolledNode>(
  database: Database,
  node: N,
  { permission, patience, onSilence }: Patience,
): Promise<IdentifiedBmc<N>> {
  let silence: Fault | undefined;
  const identify = (): Promise<IdentifiedBmc<N>> => identifyBmc(database, node, permission.signal);
  for (let attempt = 0; ; attempt += 1) {
    try {
      // The first try needs no permission: if the command's time has passed already, the caller reports that.
      return await (attempt === 0 ? identify() : permission.read(identify));
    } catch (error) {
      if (error instanceof OutOfTime && silence !== undefined) {
        throw silence;
      }
      if (!(error instanceof Fault) || error.code !== 'POWER_UNREACHABLE') {
        throw error;
      }
      silence = error;
      onSilence(error);
      if (attempt >= patience) {
        throw error;
      }
    }
    await pause(nextPause(attempt), permission.signal);
  }
}
