import { afterEach, expect, test, vi } from 'vitest';
import { ImageUpload } from '../../../services/api/src/image/data/image-upload.js';
import { ImageSweep } from '../../../services/api/src/image/store/image-sweep.js';
import { PasswordPool } from '../../../services/api/src/identity/passwords/password-pool.js';
import { startApiProcess } from './api-process.js';

let seen: string[];
let url: string;

const listening = (): Promise<string> =>
  fetch(url).then(
    () => 'served',
    () => 'closed',
  );

afterEach(() => {
  vi.restoreAllMocks();
});

/** Notes in `seen` when the method begins, with whether the api serves requests then, and when it ends. */
function watch<K extends string>(
  who: string,
  target: Record<K, () => Promise<void>>,
  method: K,
): void {
  const original = target[method];
  vi.spyOn(target as Record<string, () => Promise<void>>, method).mockImplementation(
    async function (this: unknown) {
      seen.push(`${who} begin, ${await listening()}`);
      await original.call(this as typeof target);
      seen.push(`${who} end`);
    },
  );
}

test('first no new request, then the uploads, then the sweep, then the password threads', async () => {
  seen = [];
  const api = await startApiProcess();
  watch('uploads', ImageUpload.prototype, 'onApplicationShutdown');
  watch('sweep', ImageSweep.prototype, 'stop');
  watch('passwords', PasswordPool.prototype, 'onApplicationShutdown');
  url = api.url;
  await api.close();
  expect(seen).toEqual([
    'uploads begin, closed',
    'uploads end',
    'sweep begin, closed',
    'sweep end',
    'passwords begin, closed',
    'passwords end',
  ]);
});
