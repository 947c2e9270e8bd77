// Debian 12 for BIOS and UEFI machines. The root file system takes minutes and is made once for both partition tables.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, inputHash, isThere } from '../../ramdisk/build/cache.mjs';
import { knownDebs } from '../../ramdisk/build/known-debs.mjs';
import { tool } from '../../ramdisk/build/tool.mjs';
import { buildDisk } from './disk/build.mjs';
import { tables } from './disk/tables.mjs';
import { diskGib, partitions } from './root/layout.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

export const debian = {
  tables: Object.keys(tables),
  minDisk: diskGib,
  properties: {
    os_type: 'linux',
    os_distro: 'debian',
    os_version: '12',
    metalcast_first_sign: 'phone_home',
  },

  /** The image file with this table, from the cache if nothing that it is made of has changed. */
  async build({ table, cache, say }) {
    // Versions as apt knows them on this machine: after apt-get update, a newer package makes a newer image.
    const debs = await knownDebs(path.join(here, 'root/packages.txt'), cache);
    const rootKey = await inputHash(path.join(here, 'root'), debs);
    const diskKey = await inputHash(path.join(here, 'disk'), []);
    const key = createHash('sha256').update(`${rootKey} ${diskKey} ${table}`).digest('hex');
    const name = `debian-12-${table}.qcow2`;
    const hit = await isThere(path.join(cache, key));
    const folder = await cached(cache, key, async (out) => {
      const root = await cached(cache, rootKey, async (made) => {
        say('Installing Debian into an image, which takes some minutes the first time');
        await buildRoot(made);
      });
      await buildDisk({ table, root, image: path.join(out, name) });
    });
    const file = path.join(folder, name);
    return { file, bytes: (await stat(file)).size, cached: hit };
  },
};

async function buildRoot(out) {
  const { esp, root } = partitions;
  const env = {
    DISK_BYTES: diskGib * 1024 ** 3,
    ESP_AT: esp.at,
    ESP_BYTES: esp.bytes,
    ROOT_AT: root.at,
    ROOT_BYTES: root.bytes,
  };
  await tool(path.join(here, 'root/build.sh'), [out], { env });
}
