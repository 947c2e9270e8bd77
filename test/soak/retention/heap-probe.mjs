// Loaded into a service before its program. At SIGUSR2 all garbage is collected, and how many bytes are in use still is
// written to a file named by the process, in the folder that the query of this module's URL names.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const folder = new URL(import.meta.url).searchParams.get('folder');

process.on('SIGUSR2', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  collect();
  // What a first collection lets go of may have held more.
  setImmediate(() => {
    collect();
    const path = join(folder, String(process.pid));
    writeFileSync(`${path}.new`, String(getHeapStatistics().used_heap_size));
    renameSync(`${path}.new`, path);
  });
});
