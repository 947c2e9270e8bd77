import { createKeyFolder } from '@metalcast/keys';
import type { Run } from '../../action.js';

/** `metalcast keys create`. */
export const keysCreate: Run = ({ args: [folder = ''] }) => {
  const files = createKeyFolder(folder);
  const lines = files.map((file) => `made ${file}`);
  return Promise.resolve({
    text: [...lines, 'Keep a copy where no service runs.'].join('\n'),
    data: { files },
  });
};
