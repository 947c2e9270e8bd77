import { expect, test } from 'vitest';
import { refuseOtherSize } from './new-size.js';

const node = { memoryMb: 512, diskGb: 8 };

test('new nodes have any size, existing ones keep theirs', () => {
  const refusal =
    (present: readonly (typeof node)[], wanted: Parameters<typeof refuseOtherSize>[1]) =>
    (): void => {
      refuseOtherSize(present, wanted);
    };
  const large = { memoryMb: 1024, diskGb: 16 };
  expect(refusal([], { nodes: 2, size: large })).not.toThrow();
  expect(refusal([node], { nodes: 2, size: large })).not.toThrow();
  expect(refusal([node], { nodes: 1, size: {} })).not.toThrow();
  expect(refusal([node], { nodes: 1, size: { memoryMb: 512 } })).not.toThrow();
  expect(refusal([node], { nodes: 1, size: { diskGb: 16 } })).toThrow(
    'the rack already has 1 nodes, and existing nodes are not rebuilt: add one (--nodes 2)',
  );
});
