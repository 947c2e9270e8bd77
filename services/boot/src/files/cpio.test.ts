import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@metalcast/exec';
import { expect, test } from 'vitest';
import { agentConfArchive } from './agent-conf.js';

const conf = {
  node: '8d3b3c9e-0000-4000-8000-000000000001',
  epoch: 4,
  bootTry: 2,
  token: 'ab'.repeat(32),
  helpers: ['http://10.77.0.1:8790', 'http://10.77.0.2:8790', 'http://x"; reboot'],
};

test('cpio itself unpacks the archive, and a shell reads it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'cpio-test-'));
  try {
    const archive = agentConfArchive(conf);
    expect(archive.length % 4).toBe(0);
    await writeFile(join(directory, 'a.cpio'), archive);
    const unpacked = await run(
      'busybox',
      [
        'sh',
        '-c',
        'mkdir root && cd root && cpio -id < ../a.cpio && . ./etc/metalcast/agent.conf && echo "$NODE|$EPOCH|$BOOT_TRY|$TOKEN|$HELPERS"',
      ],
      { timeoutMs: 10_000, cwd: directory },
    );
    expect(unpacked.stdout).toBe(
      `${conf.node}|4|2|${conf.token}|http://10.77.0.1:8790 http://10.77.0.2:8790\n`,
    );
    const file = join(directory, 'root/etc/metalcast/agent.conf');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'root/etc'))).mode & 0o777).toBe(0o755);
    expect(await readFile(file, 'utf8')).not.toContain('reboot');
  } finally {
    await rm(directory, { recursive: true });
  }
});
