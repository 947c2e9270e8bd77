import { readKeyFolder, withoutFormer, writeKeyFolder } from '@metalcast/keys';
import type { Run } from '../../action.js';
import { filesText } from './files-text.js';
import { purposeAndFolder } from './purpose.js';

/** `metalcast keys prune`. Secrets that only a removed key can open are lost, so run `keys reseal` first. */
export const keysPrune: Run = (call) => {
  const { purpose, folder } = purposeAndFolder(call);
  const before = readKeyFolder(folder, purpose);
  const after = withoutFormer(before, new Date());
  const removed = before.keys.slice(after.keys.length).map(({ kid }) => kid);
  if (removed.length > 0) {
    writeKeyFolder(folder, after);
  }
  const lines = removed.map((kid) => `removed ${kid}`);
  return Promise.resolve({
    text:
      removed.length === 0
        ? 'no key is older than the key in use'
        : [...lines, `Give ${filesText(purpose)}.`].join('\n'),
    data: { removed },
  });
};
