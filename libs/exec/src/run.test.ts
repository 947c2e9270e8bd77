import { expect, test } from 'vitest';
import { run } from './run.js';

test('tells how a program ended, without throwing', async () => {
  const result = await run('sh', ['-c', 'echo out; echo err >&2; exit 3'], { timeoutMs: 5000 });
  expect(result).toMatchObject({ stdout: 'out\n', stderr: 'err\n', exitCode: 3, timedOut: false });
});

test('a program that is not there is a result too', async () => {
  const result = await run('/no/such/program', [], { timeoutMs: 5000 });
  expect(result).toMatchObject({ exitCode: undefined, spawnError: 'ENOENT' });
});

test('a time-out kills grandchildren that hold the pipes', async () => {
  const started = Date.now();
  const result = await run('sh', ['-c', 'sleep 30 & wait'], { timeoutMs: 200 });
  expect(result.timedOut).toBe(true);
  expect(Date.now() - started).toBeLessThan(10_000);
});

test('an abort ends it', async () => {
  const result = await run('sleep', ['30'], {
    timeoutMs: 60_000,
    signal: AbortSignal.timeout(100),
  });
  expect(result).toMatchObject({ aborted: true, timedOut: false });
});

test('a secret is readable on descriptor 3 and absent from argv and environment', async () => {
  const script = 'cat /dev/fd/3; tr "\\0" "\\n" </proc/$$/environ; tr "\\0" " " </proc/$$/cmdline';
  const result = await run('sh', ['-c', script], { timeoutMs: 5000, secret: 'canary-4711' });
  expect(result.stdout.split('canary-4711')).toHaveLength(2);
  expect(result.stdout.startsWith('canary-4711')).toBe(true);
});

test('lines are reported as they come, and kept', async () => {
  const lines: string[] = [];
  const result = await run('sh', ['-c', 'echo a; echo b'], {
    timeoutMs: 5000,
    onLine: (line) => lines.push(line),
  });
  expect(lines).toEqual(['a', 'b']);
  expect(result.stdout).toBe('a\nb\n');
});

test('a progress display is reported as it is rewritten', async () => {
  const lines: string[] = [];
  const script = String.raw`printf ' (1/100%%)\r (2/100%%)\r'; printf 'warning\n' >&2; printf ' (3/100%%)'`;
  const result = await run('sh', ['-c', script], {
    timeoutMs: 5000,
    onLine: (line) => lines.push(line),
  });
  expect(lines.toSorted()).toEqual([' (1/100%)', ' (2/100%)', ' (3/100%)', 'warning']);
  expect(result).toMatchObject({ stdout: ' (1/100%)\r (2/100%)\r (3/100%)', stderr: 'warning\n' });
});

test('input arrives on standard input', async () => {
  const result = await run('cat', [], { timeoutMs: 5000, input: 'one\ntwo\n' });
  expect(result).toMatchObject({ stdout: 'one\ntwo\n', exitCode: 0 });
});

test('input and a secret arrive together', async () => {
  const script = 'cat; cat /dev/fd/3';
  const options = { timeoutMs: 5000, input: 'in ', secret: 'secret' };
  expect((await run('sh', ['-c', script], options)).stdout).toBe('in secret');
});

test('of a flood of output the end is kept', async () => {
  const script =
    'yes | head -c 1000000; echo last; yes | head -c 1000000 >&2; echo end >&2; exit 3';
  const result = await run('sh', ['-c', script], { timeoutMs: 30_000 });
  expect(result).toMatchObject({ exitCode: 3, overflowed: true });
  expect([result.stdout.length, result.stderr.length]).toEqual([64 * 1024, 64 * 1024]);
  expect([result.stdout.slice(-7), result.stderr.slice(-6)]).toEqual(['y\nlast\n', 'y\nend\n']);
});

test('a flood that is not wanted ends the program and its descendants', async () => {
  const result = await run('sh', ['-c', 'yes >&2 & wait'], {
    timeoutMs: 60_000,
    output: { keepBytes: 1000, beyond: 'kill' },
  });
  expect(result).toMatchObject({ exitCode: undefined, timedOut: false, overflowed: true });
  expect(result.stderr).toHaveLength(1000);
});

test('output that just fits is whole', async () => {
  const result = await run('printf', ['12345'], {
    timeoutMs: 5000,
    output: { keepBytes: 5, beyond: 'kill' },
  });
  expect(result).toMatchObject({ stdout: '12345', exitCode: 0, overflowed: false });
});

test('a line without an end is reported up to what is kept', async () => {
  const lines: string[] = [];
  await run('sh', ['-c', 'yes | tr -d "\\n" | head -c 1000000'], {
    timeoutMs: 30_000,
    output: { keepBytes: 100, beyond: 'drop' },
    onLine: (line) => lines.push(line),
  });
  expect(lines.map((line) => line.length)).toEqual([100]);
});
