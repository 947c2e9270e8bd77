import { isOperationsKey, type FaultRecord } from '@metalcast/domain';
import type { Database } from '../database/database.js';
import { Prisma } from '../sql/prisma.js';
import { messagesWritten, writtenStreams } from '../outbox/messages-written.js';
import { Outgoing } from '../outbox/outbox.js';
import { refusedState } from './power-command-states.js';
import type { NewPowerCommand } from './power-commands.js';

export interface PowerRefusal {
  readonly fault: FaultRecord;
  /** Messages that announce it; they commit with it. */
  readonly tell: (out: Outgoing) => void;
}

/**
 * Writes down a command that is not taken in, as one that has failed, and announces that: one statement. Idempotent by
 * the key. A key like an operation's gets no row: whoever sends it may not be that operation, which would take the row
 * for the end of its own command.
 */
export async function refusePowerCommand(
  database: Database,
  command: NewPowerCommand,
  { fault, tell }: PowerRefusal,
): Promise<void> {
  const out = new Outgoing();
  tell(out);
  await database.write('refuse_power_command', out, () => refusal(command, fault, out));
}

function refusal(command: NewPowerCommand, fault: FaultRecord, out: Outgoing): Prisma.Sql {
  const { key, node, target, bootDevice, requestId } = command;
  const isRecorded = !isOperationsKey(command.key);
  return Prisma.sql`
    WITH refused AS (
      INSERT INTO power_commands
             (key, node_id, epoch, address, target, boot_device, request_id, state, fault, deadline_at, finished_at)
      SELECT ${key}::text, n.id, n.epoch, coalesce(n.bmc_key, ''), ${target}::text, ${bootDevice}::text, ${requestId}::text,
             ${refusedState}, ${JSON.stringify(fault)}::jsonb, clock_timestamp(), clock_timestamp()
        FROM nodes n WHERE n.uuid = ${node}::uuid AND ${isRecorded}::boolean
      ON CONFLICT DO NOTHING
      RETURNING id
    ), ${messagesWritten(out, Prisma.sql`EXISTS (SELECT FROM refused) OR NOT ${isRecorded}::boolean`)}
    SELECT ${writtenStreams}`;
}
