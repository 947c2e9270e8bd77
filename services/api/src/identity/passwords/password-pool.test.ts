import { getHeapSpaceStatistics } from 'node:v8';
import { keepYoungGenerationSmall } from '@metalcast/service/small-heap';
import { expect, test } from 'vitest';
import { PasswordPool } from './password-pool.js';

const options = { N: 2, r: 1, p: 1, maxmem: 1024 ** 2 };
const derivation = { password: 'canary', salt: new Uint8Array(16), keyBytes: 32, options };

const youngGeneration = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;

/** Much that lives for a while: V8 enlarges its young generation for it, if it may. */
function allocate(): void {
  let living: object[] = [];
  for (let n = 0; n < 1_000_000; n += 1) {
    living = living.length < 60_000 ? living : [];
    living.push({ n, list: [n] });
  }
}

test('the young generation stays as small as it was before a thread was started', async () => {
  keepYoungGenerationSmall();
  const pool = new PasswordPool(1);
  try {
    await pool.derive(derivation, 'urgent');
    const before = youngGeneration();
    allocate();
    expect(youngGeneration()).toBeLessThanOrEqual(before);
  } finally {
    await pool.close();
  }
});
