import { createLogger } from '@metalcast/log';
import { expect, test } from 'vitest';
import { agentServer, type AgentCalls } from './agent-server.js';

test('a body of many mistakes gets no answer, and no line in the log, larger than itself', async () => {
  let logged = '';
  const logger = createLogger('deploy-helper', 'info', { write: (line) => void (logged += line) });
  // No call of the server is reached.
  const server = agentServer({} as AgentCalls, logger);
  const answer = await server.inject({
    method: 'POST',
    url: '/v1/agent/hello',
    payload: { disks: Array.from({ length: 50_000 }, () => 1) },
  });
  await server.close();
  expect(answer.statusCode).toBe(400);
  expect(answer.body).toContain('disks.0: ');
  expect(answer.body).toMatch(/; and \d+ more/);
  expect(answer.body.length).toBeLessThan(4000);
  expect(logged.length).toBeLessThan(4000);
});
