import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';

const lines = 100;
const script = `
  import { createLogger } from '@metalcast/log';
  const logger = createLogger('power', 'info');
  for (let n = 1; n <= ${lines}; n += 1) logger.info({ n }, 'said');
  process.kill(process.pid, 'SIGKILL');`;

const run = (script: string, output: 'pipe' | number) =>
  spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', output, 'pipe'],
  });

test('a log that cannot be written fails nobody who logs, and is an uncaught exception, once', async () => {
  const full = await open('/dev/full', 'w');
  onTestFinished(() => full.close());
  const child = run(
    `
      import { createLogger } from '@metalcast/log';
      const caught = [];
      process.on('uncaughtException', ({ code }) => caught.push(code));
      const logger = createLogger('power', 'info');
      for (let n = 1; n <= 3; n += 1) logger.info({ n }, 'said');
      setImmediate(() => {
        logger.info('said later');
        setImmediate(() => console.error(caught.join()));
      });`,
    full.fd,
  );
  const [said] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
  expect({ said: said.trim(), code: child.exitCode }).toEqual({ said: 'ENOSPC', code: 0 });
});

test('a process that is killed has written all that it said', async () => {
  const child = run(script, 'pipe');
  const [said] = await Promise.all([text(child.stdout!), once(child, 'exit')]);
  expect(said.trim().split('\n')).toHaveLength(lines);
});
