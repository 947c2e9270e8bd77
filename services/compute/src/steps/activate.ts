import { Prisma } from '@metalcast/db';
import { powerStates } from '@metalcast/domain';
import { notifyInstance } from '@metalcast/service';
import type { Step } from '../engine/step.js';
import { instanceOf, move, nodeOf, tellInstance, updateInstance } from './rows.js';

/** The server is its owner's; what was secret about making it is blanked. */
export const activate: Step = {
  name: 'activate',
  limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
  async begin(turn) {
    await updateInstance(turn, {
      vmState: 'active',
      taskState: null,
      powerState: powerStates.running,
      launchedAt: turn.now,
      fault: Prisma.DbNull,
      userData: null,
      injectedFiles: null,
      adminPass: null,
    });
    await move(turn, 'booted', { operationId: null, failures: 0 });
    await turn.sql.port.updateMany({
      where: { deviceId: turn.instance?.uuid ?? '' },
      data: { status: 'ACTIVE' },
    });
    tellInstance(turn, 'instanceActive', { node: nodeOf(turn).uuid });
    await notifyInstance(turn, instanceOf(turn), 'create.end', { message: 'Success' });
  },
};
