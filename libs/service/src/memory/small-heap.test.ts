import { expect, test } from 'vitest';
import { collectGarbage } from './idle-collector.js';
import {
  keepYoungGenerationSmall,
  letYoungGenerationGrow,
  youngGenerationBytes,
} from './small-heap.js';

const megabyte = 1024 ** 2;

/** Creates many objects that live for a while; the event loop turns in between, as in a service. */
async function work(): Promise<void> {
  let living: object[] = [];
  for (let turn = 0; turn < 100; turn += 1) {
    for (let n = 0; n < 10_000; n += 1) {
      living = living.length < 60_000 ? living : [];
      living.push({ n, list: [n] });
    }
    await new Promise(setImmediate);
  }
}

test('the young generation grows with the work, but not beyond its bound', async () => {
  keepYoungGenerationSmall();
  // Other tests of this process may have enlarged the young generation before.
  const before = Math.max(youngGenerationBytes(), 2 * megabyte);
  await work();
  expect(youngGenerationBytes()).toBeLessThanOrEqual(before);
  const end = letYoungGenerationGrow();
  try {
    await work();
    expect(youngGenerationBytes()).toBeGreaterThan(2 * megabyte);
    expect(youngGenerationBytes()).toBeLessThanOrEqual(Math.max(before, 16 * megabyte));
  } finally {
    end();
    keepYoungGenerationSmall();
    collectGarbage();
  }
  // On a busy machine this takes seconds.
}, 60_000);
