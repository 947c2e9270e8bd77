import { expect, test } from 'vitest';
import { Health } from './health.js';

test('alive at once, ready when every condition holds', async () => {
  const health = new Health();
  let connected = false;
  health.check('broker', () => connected);
  health.check('database', () => Promise.resolve(true));
  const url = await health.listen('127.0.0.1', 0);
  try {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const notReady = await fetch(`${url}/readyz`);
    expect(notReady.status).toBe(503);
    expect(await notReady.json()).toEqual({ status: 'not ready', failing: ['broker'] });
    connected = true;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    health.check('disk', () => {
      throw new Error('gone');
    });
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ failing: ['disk'] });
    health.markStopping();
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({
      failing: ['disk', 'stopping'],
    });
  } finally {
    await health.close();
  }
});
