import type { CloudEvent } from '@metalcast/contracts';
import type { Engine } from './advance.js';
import { isAwaited } from './conditions.js';

/** What the queue was bound to before: every milestone and progress of a boot, most of which nothing waits for. */
export const formerBindings = ['node.power.*', 'boot.#', 'agent.*', 'deploy.*'] as const;

/**
 * An event of a node moves on the operation that works on it. What nothing waits for costs nothing: power that people have switched, and
 * what a queue may hold from its former bindings.
 */
export async function wakeBy(engine: Engine, event: CloudEvent): Promise<void> {
  if (isAwaited(event)) {
    await engine.advance({ node: event.subject });
  }
}
