// npm run version:set -- 0.2.0
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { setVersion } from './versions.mjs';

try {
  setVersion(fileURLToPath(new URL('..', import.meta.url)), process.argv[2] ?? '');
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
