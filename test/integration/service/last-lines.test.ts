import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const lines = 100;
const script = `
  import { createLogger } from '@metalcast/log';
  const logger = createLogger('power', 'info');
  for (let n = 1; n <= ${lines}; n += 1) logger.info({ n }, 'said');
  process.kill(process.pid, 'SIGKILL');`;

test('a process that is killed has written all that it said', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(said.trim().split('\n')).toHaveLength(lines);
});
