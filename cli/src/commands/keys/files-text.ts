import { keyFiles, type KeyFileRow, type Purpose } from '@metalcast/keys';

/** The purpose's key files and the services that need them, as the end of a sentence. */
export const filesText = (purpose: Purpose): string =>
  (Object.values(keyFiles) as KeyFileRow[])
    .filter((row) => row.purpose === purpose)
    .map(({ file, services }) => `${file} to ${services.join(' and ')}`)
    .join(', ');
