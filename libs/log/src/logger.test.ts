import { expect, test } from 'vitest';
import { createLogger } from './logger.js';
import { withLogContext } from './request-context.js';

function capture(): { lines: string[]; write: (line: string) => void } {
  const lines: string[] = [];
  return { lines, write: (line) => lines.push(line) };
}

test('a line names service and request', async () => {
  const out = capture();
  const logger = createLogger('power', 'info', out);
  await withLogContext({ requestId: 'req-1' }, async () => {
    await Promise.resolve();
    logger.info({ nodeId: 7 }, 'hello');
  });
  expect(JSON.parse(out.lines[0] ?? '')).toMatchObject({
    level: 'info',
    service: 'power',
    requestId: 'req-1',
    nodeId: 7,
    msg: 'hello',
  });
});

test('secrets are redacted, three levels deep', () => {
  const out = capture();
  const logger = createLogger('power', 'info', out);
  logger.info({ password: 'canary', a: { token: 'canary', b: { pm_password: 'canary' } } }, 'x');
  logger.info({ headers: { 'x-auth-token': 'canary' } }, 'x');
  expect(out.lines.join()).not.toContain('canary');
});
