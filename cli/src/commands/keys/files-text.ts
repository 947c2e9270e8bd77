import { keyFiles, type KeyFileRow, type Purpose } from '@metalcast/keys';

/** Which files of the purpose go to whom, as the end of a sentence. */
export const filesText = (purpose: Purpose): string =>
  (Object.values(keyFiles) as KeyFileRow[])
    .filter((row) => row.purpose === purpose)
    .map(({ file, services }) => `${file} to ${services.join(' and ')}`)
    .join(', ');
