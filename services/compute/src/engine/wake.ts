import type { CloudEvent } from '@metalcast/contracts';
import type { Engine } from './advance.js';
import { isAwaited } from './waits/conditions.js';

/** Former bindings of the queue: every milestone and progress of a boot, most of which no operation waits for. */
export const formerBindings = ['node.power.*', 'boot.#', 'agent.*', 'deploy.*'] as const;

/**
 * An event of a node wakes the operation that works on the node. Events that no operation waits for cost nothing: power
 * commands of people, and events that are in a queue from its former bindings.
 */
export async function wakeBy(engine: Engine, event: CloudEvent): Promise<void> {
  if (isAwaited(event)) {
    await engine.advance({ node: event.subject });
  }
}
