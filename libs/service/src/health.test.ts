import { expect, test } from 'vitest';
import { Health } from './health.js';

const counts = { rejections: 0, exceptions: 2 };

test('alive at once, ready when every condition holds', async () => {
  const health = new Health({ counts });
  let connected = false;
  health.check('broker', () => connected);
  health.check('database', () => Promise.resolve(true));
  const url = await health.listen('127.0.0.1', 0);
  try {
    const alive = await fetch(`${url}/healthz`);
    expect(alive.status).toBe(200);
    expect(await alive.json()).toEqual({ status: 'alive', unhandled: counts });
    const notReady = await fetch(`${url}/readyz`);
    expect(notReady.status).toBe(503);
    expect(await notReady.json()).toEqual({
      status: 'not ready',
      failing: ['broker'],
      unhandled: counts,
    });
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
