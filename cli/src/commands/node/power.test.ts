import { expect, test } from 'vitest';
import { CommandFailure } from '../../failure.js';
import { statusOf } from './power.js';

const read = (name: string): Promise<{ uuid: string; power: string }> =>
  name.startsWith('x')
    ? Promise.reject(new CommandFailure(`Node ${name} could not be found.`, { code: 'NOT_FOUND' }))
    : Promise.resolve({ uuid: `u${name}`, power: 'on' });

test('a node without a known power state does not hide the others', async () => {
  const { text, data, exitCode } = await statusOf(['1', 'x', '2'], read);
  expect(text.split('\n').map((line) => line.split(/ +/))).toEqual([
    ['UUID', 'POWER'],
    ['u1', 'on'],
    ['u2', 'on'],
    ['x:', 'Node', 'x', 'could', 'not', 'be', 'found.'],
  ]);
  expect(data).toEqual([
    { uuid: 'u1', power: 'on' },
    { uuid: 'u2', power: 'on' },
    { node: 'x', error: { code: 'NOT_FOUND', message: 'Node x could not be found.' } },
  ]);
  expect(exitCode).toBe(1);
  expect(await statusOf(['1'], read)).toMatchObject({ exitCode: 0 });
});

test('when every node fails, the first error is thrown', async () => {
  await expect(statusOf(['x1', 'x2'], read)).rejects.toThrow('Node x1 could not be found.');
});
