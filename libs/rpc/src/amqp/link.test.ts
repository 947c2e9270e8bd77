import { expect, test, vi } from 'vitest';
import { connectRpc } from '../connection.js';
import { silentLogger } from '../logger.js';

test.each(['amqp://user:canary@host:port/', 'http://user:canary@host/', 'canary'])(
  'a wrong URL is refused without being printed (%#)',
  (url) => {
    const refused = vi.fn((error: Error) => `${String(error)} ${JSON.stringify(error)}`);
    try {
      connectRpc({ url, host: 'h', logger: silentLogger });
    } catch (error) {
      refused(error as Error);
    }
    expect(refused.mock.results[0]?.value).toMatch(/not of the form/);
    expect(refused.mock.results[0]?.value).not.toContain('canary');
  },
);

test('the log of a broker that cannot be reached names it, without the password', async () => {
  const logged: string[] = [];
  const log = (fields: object, message: string) => logged.push(message + JSON.stringify(fields));
  const logger = { debug: log, info: log, warn: log, error: log };
  const conn = connectRpc({ url: 'amqp://user:canary@127.0.0.1:1', host: 'h', logger });
  await vi.waitFor(() => {
    expect(logged.join()).toContain('127.0.0.1:1');
  });
  await conn.close();
  expect(logged.join()).not.toContain('canary');
});
