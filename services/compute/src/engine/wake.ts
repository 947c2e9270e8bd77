import type { CloudEvent } from '@metalcast/contracts';
import type { Database } from '@metalcast/db';
import type { Engine } from './advance.js';
import type { Plan } from './plan.js';

/** Types of events that a step of the plans waits for: what compute's queue is bound to. */
export function wakingEvents(plans: Readonly<Record<string, Plan>>): string[] {
  const steps = Object.values(plans).flatMap((plan) => [...plan.steps, ...plan.undo]);
  const types = steps.flatMap(({ wokenBy = [] }) => wokenBy);
  return [...new Set(types)];
}

/** What the queue was bound to before: every milestone and progress of a boot, most of which nothing waits for. */
export const formerBindings = ['node.power.*', 'boot.#', 'agent.*', 'deploy.*'] as const;

/** The operation that works on the node, or on the instance. */
export class Wake {
  private readonly types: ReadonlySet<string>;

  constructor(
    private readonly database: Database,
    private readonly engine: Engine,
    plans: Readonly<Record<string, Plan>>,
  ) {
    this.types = new Set(wakingEvents(plans));
  }

  /** What nothing waits for, as a queue may hold from its former bindings, costs no statement. */
  async byEvent(event: CloudEvent): Promise<void> {
    if (!this.types.has(event.type)) {
      return;
    }
    const node = await this.database.prisma.node.findUnique({
      where: { uuid: event.subject },
      select: { operationId: true },
    });
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
