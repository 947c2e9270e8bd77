import type { CloudEvent } from '@metalcast/contracts';
import type { Engine } from './advance.js';
import { wakingEvents } from './conditions.js';

/** What the queue was bound to before: every milestone and progress of a boot, most of which nothing waits for. */
export const formerBindings = ['node.power.*', 'boot.#', 'agent.*', 'deploy.*'] as const;

/** An event of a node moves on the operation that works on it. What nothing waits for, as a queue may hold from its former bindings, costs nothing. */
export async function wakeBy(engine: Engine, { type, subject }: CloudEvent): Promise<void> {
  if (wakingEvents.includes(type)) {
    await engine.advance({ node: subject });
  }
}
