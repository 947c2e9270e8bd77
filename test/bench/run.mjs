// npm run bench [-- NAME [options]]: runs test/bench/NAME/bench.mjs; without a name tells which there are.
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { isBadUsage } from './usage.mjs';

const benches = readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const [name, ...options] = process.argv.slice(2);
if (benches.includes(name)) {
  const { bench, usage } = await import(new URL(`${name}/bench.mjs`, import.meta.url).href);
  try {
    await bench(options);
  } catch (error) {
    if (!isBadUsage(error)) throw error;
    process.stderr.write(`${error.message}\nUsage: npm run bench -- ${name} ${usage}\n`);
    process.exitCode = 2;
  }
} else {
  process.stdout.write(`Usage: npm run bench -- NAME\nBenches: ${benches.join(', ')}\n`);
  process.exitCode = name === undefined ? 0 : 2;
}
