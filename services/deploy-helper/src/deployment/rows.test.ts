import type { Database, DeploymentOfNode } from '@metalcast/db';
import { expect, test } from 'vitest';
import { DeploymentNews } from './news.js';
import { DeploymentRows } from './rows.js';

const view = (node: string, epoch: number): DeploymentOfNode =>
  ({ node: { uuid: node, epoch }, deployment: { epoch } }) as DeploymentOfNode;
const rows = (): DeploymentRows =>
  new DeploymentRows({
    database: {} as Database,
    news: new DeploymentNews(),
    hint: () => undefined,
  });

test('what is known of a node holds until the node leaves its epoch, or somebody else changes it', () => {
  const known = rows();
  expect(known.mayHaveLeft('n', 3)).toBe(true);
  known.learn(view('n', 3));
  expect(known.mayHaveLeft('n', 3)).toBe(false);
  expect([known.mayHaveLeft('n', 4), known.mayHaveLeft('n', undefined)]).toEqual([true, true]);
  expect(known.remembered({ node: 'n', epoch: 3 })).toEqual(view('n', 3));
  expect(known.remembered({ node: 'n', epoch: 2 })).toBeUndefined();
  known.forget('n');
  expect(known.remembered({ node: 'n', epoch: 3 })).toBeUndefined();
});

test('of many nodes those seen last are remembered', () => {
  const known = rows();
  for (let node = 0; node < 4100; node += 1) {
    known.learn(view(String(node), 1));
  }
  const isKnown = (node: number): boolean =>
    known.remembered({ node: String(node), epoch: 1 }) !== undefined;
  expect([isKnown(3), isKnown(4), isKnown(4099)]).toEqual([false, true, true]);
});
