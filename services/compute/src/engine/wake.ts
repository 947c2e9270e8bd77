import type { CloudEvent } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import { recordFirstSign, signOf } from '../first-sign.js';
import type { Engine } from './advance.js';

/** Events of a node that an operation may wait for. They carry no news that the rows lack. */
export const wakingEvents = ['node.power.*', 'boot.#', 'agent.*', 'deploy.*'] as const;

/** The operation that works on the node, or on the instance. */
export class Wake {
  constructor(
    private readonly database: Database,
    private readonly engine: Engine,
  ) {}

  async byEvent(event: CloudEvent): Promise<void> {
    const node = await this.database.prisma.node.findUnique({
      where: { uuid: event.subject },
      select: { operationId: true },
    });
    if (signOf(event) !== undefined) {
      await recordFirstSign(this.database, event);
    }
    if (node?.operationId !== null && node?.operationId !== undefined) {
      await this.engine.advance(node.operationId);
    }
  }

  async byInstance(instanceUuid: string): Promise<void> {
    const live = await this.database.prisma.operation.findFirst({
      where: { instanceUuid, state: { in: ['running', 'waiting'] } },
      select: { id: true },
    });
    if (live !== null) {
      await this.engine.advance(live.id);
    }
  }
}
