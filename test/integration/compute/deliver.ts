import { cloudEvent } from '@metalcast/contracts';
import { wakeBy } from '../../../services/compute/src/engine/wake.js';
import type { Cast, Others, World } from './world.js';

/**
 * Delivers what is in the outbox, and what comes of it, until nothing is left: each message in its turn, to whom it is
 * for.
 */
export async function deliver(world: World, others: Others = {}): Promise<void> {
  for (
    let messages = await world.takeMessages();
    messages.length > 0;
    messages = await world.takeMessages()
  ) {
    for (const { event, cast } of messages) {
      if (event !== undefined) {
        await wakeBy(world.engine, cloudEvent.parse(event));
      }
      if (cast !== undefined) {
        await toCompute(world, cast);
        await world.answer(cast, others);
      }
    }
  }
}

async function toCompute({ engine }: World, { method, args }: Cast): Promise<void> {
  switch (method) {
    case 'compute.run_instance':
    case 'compute.terminate_instance':
      return engine.advance({ instance: (args['instance'] as { uuid: string }).uuid });
    case 'compute.advance':
      return engine.advance({ operation: String(args['operation_id']) });
  }
}
