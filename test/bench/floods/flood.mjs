// A flood that runs in a process of its own until it is stopped: for the bench and for tests.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { floods } from './floods.mjs';

export const floodNames = Object.keys(floods);

/** Begins the flood `name` of the API at `url`; resolves when its clients have begun. */
export async function startFlood(flood) {
  const flooder = fork(fileURLToPath(new URL('flooder.mjs', import.meta.url)));
  flooder.send(flood);
  await once(flooder, 'message');
  return {
    /** How often its clients have seen which answer so far. */
    async answers() {
      flooder.send('how many?');
      const [answers] = await once(flooder, 'message');
      return answers;
    },
    async stop() {
      flooder.kill();
      await once(flooder, 'exit');
    },
  };
}
