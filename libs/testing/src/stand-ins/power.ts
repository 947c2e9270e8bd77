import { eventOf, faultRecord } from '@metalcast/contracts';
import type { NewEvent, Node, PowerCommand, Prisma } from '@metalcast/db';
import type { ModelDatabase } from '@metalcast/db/models';
import {
  Fault,
  powerCommandState,
  powerCommandStates,
  type FaultCode,
  type PowerCommandState,
} from '@metalcast/domain';
import { pathOf } from './path.js';

/** What `power.set` asks for. */
export interface PowerAsked {
  readonly key: string;
  readonly target: string;
}

type Told = Pick<PowerCommand, 'key' | 'target'> & { readonly fault: Fault };

/** How the power was, and is; of all other targets it comes on. */
const turned: Partial<Record<string, readonly ['on', 'on' | 'off']>> = {
  off: ['on', 'off'],
  'soft-off': ['on', 'off'],
  keep: ['on', 'on'],
};

/** What the power service says when a command comes to a state. */
const said: Record<PowerCommandState, (node: Node, told: Told) => NewEvent[]> = {
  queued: () => [],
  running: () => [],
  succeeded: (node, { key, target }) => {
    const [from, to] = turned[target] ?? (['off', 'on'] as const);
    const more = target === 'cycle' ? { switched_on: true } : {};
    return [eventOf('powerChanged', about(node), { from, to, by: 'command', key, ...more })];
  },
  failed: (node, { key, target, fault }) => [
    eventOf('powerFailed', about(node), {
      key,
      fault: faultRecord.parse(fault.toRecord(`power ${target}`)),
    }),
  ],
};

const refusal = (code: FaultCode, { uuid }: Node): Fault =>
  new Fault(code, { node: uuid, address: '10.0.0.1', target: 'on', answer: 'no', observed: 'off' });

const about = ({ uuid: subject, epoch }: Node) => ({ subject, epoch });

/**
 * Stands in for the power service: a command comes to be, and moves to the state along its table, with the events that
 * the service says on the way. One that is there goes on from where it is; one that has ended is not carried out again.
 */
export class PowerStandIn {
  constructor(private readonly database: ModelDatabase) {}

  /** `code`: why it fails, if it comes to that. False: it was there before, and has not moved. */
  async bring(
    node: Node,
    { key, target }: PowerAsked,
    to: PowerCommandState,
    code: FaultCode = 'POWER_REFUSED',
  ): Promise<boolean> {
    const fault = refusal(code, node);
    return this.database.transaction(async ({ sql, out }) => {
      const { count } = await sql.powerCommand.createMany({
        data: {
          ...{ key, target, nodeId: node.id, epoch: node.epoch, address: node.uuid },
          ...{ state: powerCommandState.queued, deadlineAt: new Date(), requestId: 'req-test' },
        },
        skipDuplicates: true,
      });
      const { state } = await sql.powerCommand.findUniqueOrThrow({ where: { key } });
      const path = pathOf(powerCommandStates, state as PowerCommandState, to) ?? [];
      if (path.length === 0) {
        return count > 0;
      }
      await sql.powerCommand.update({
        where: { key, state },
        data: { state: to, ...endOf(to, target, fault) },
      });
      for (const event of path.flatMap((one) => said[one](node, { key, target, fault }))) {
        out.emit(event);
      }
      return true;
    });
  }
}

const endOf = (
  state: PowerCommandState,
  target: string,
  fault: Fault,
): Prisma.PowerCommandUpdateInput => {
  switch (state) {
    case powerCommandState.succeeded:
      return { finishedAt: new Date(), switchedOnAt: target === 'cycle' ? new Date() : null };
    case powerCommandState.failed:
      return { finishedAt: new Date(), fault: { ...fault.toRecord(`power ${target}`) } };
    default:
      return {};
  }
};
