import type { Deployment, Prisma, Tx } from '@metalcast/db';
import type { Fault, FaultRecord } from '@metalcast/domain';
import { failedEvent } from './events.js';

/** Ends a locked deployment with its fault: nobody holds it, the ramdisk is told to give up. */
export async function failDeployment(
  { sql, out }: Tx,
  { node, row, fault }: { readonly node: string; readonly row: Deployment; readonly fault: Fault },
): Promise<FaultRecord> {
  const record = fault.toRecord(row.state);
  await sql.deployment.update({
    where: { id: row.id },
    data: {
      state: 'failed',
      fault: record as unknown as Prisma.InputJsonObject,
      helper: null,
      leaseUntil: null,
      deadlineAt: null,
    },
  });
  out.emit(failedEvent(node, row, record));
  return record;
}

/** Share of the data that is on the disk. */
export const percentDone = ({ bytesDone, total }: Deployment): number =>
  total === 0n ? 0 : Number((bytesDone * 100n) / total);
