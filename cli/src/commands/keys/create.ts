import { createKeyFolder } from '@metalcast/keys';
import type { Run } from '../../action.js';

export const keysCreate: Run = ({ args: [folder = ''] }) => {
  const files = createKeyFolder(folder);
  const lines = files.map((file) => `made ${file}`);
  return Promise.resolve({
    text: [...lines, 'Keep a copy on another machine, where no service runs.'].join('\n'),
    data: { files },
  });
};
