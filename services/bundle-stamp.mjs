// What the file of each service was made of: whether it is older than its sources.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const settings = [
  'services/bundle.mjs',
  'services/bundle-stamp.mjs',
  'tsconfig.base.json',
  'package-lock.json',
];

const foldersIn = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`);

const filesBelow = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();

const libraries = foldersIn('libs').flatMap((library) => filesBelow(`${library}/src`));

/** Of all that goes into a service's file. */
export function digestOf(service) {
  const hash = createHash('sha256');
  for (const file of [...settings, ...libraries, ...filesBelow(`${service}/src`)]) {
    hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

export const services = foldersIn('services');

export const stampOf = (service) => join(root, service, 'dist', '.stamp');

/** Whether what the service's file was made of is no more what stands in the sources, or there is no file. */
export function isOld(service) {
  const stamp = stampOf(service);
  return !existsSync(stamp) || readFileSync(stamp, 'utf8') !== digestOf(service);
}
