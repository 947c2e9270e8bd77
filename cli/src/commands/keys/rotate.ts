import { readKeyFolder, withNewKey, writeKeyFolder } from '@metalcast/keys';
import type { Run } from '../../action.js';
import { usageFailure } from '../../failure.js';
import { filesText } from './files-text.js';
import { purposeAndFolder } from './purpose.js';

const usualMinutes = 10;
const minuteMs = 60_000;

export const keysRotate: Run = (call) => {
  const { purpose, folder } = purposeAndFolder(call);
  const minutes = call.options['minutes'] ?? usualMinutes;
  if (typeof minutes !== 'number' || !(minutes >= 0)) {
    throw usageFailure('--minutes must be a number of 0 or more.');
  }
  const from = new Date(Date.now() + minutes * minuteMs);
  const keys = withNewKey(readKeyFolder(folder, purpose), from);
  writeKeyFolder(folder, keys);
  const id = keys.keys[0]?.kid ?? '';
  return Promise.resolve({
    text: `made ${id}, in use from ${from.toISOString()}\nBefore that time give ${filesText(purpose)}.`,
    data: { id, from },
  });
};
