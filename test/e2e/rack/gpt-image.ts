import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const mib = 1024 * 1024;
const partition = { at: mib, bytes: 31 * mib };

/** The test image as a raw file in `folder`, with a GPT whose only partition is the EFI system partition. */
export function gptImage(folder: string): string {
  const { image } = JSON.parse(
    execFileSync(process.execPath, ['ramdisk/build.mjs'], { encoding: 'utf8' }),
  ) as { image: string };
  const mbr = join(folder, 'mbr.raw');
  execFileSync('qemu-img', ['convert', '-O', 'raw', image, mbr]);
  const content = Buffer.alloc(partition.bytes);
  const from = openSync(mbr, 'r');
  readSync(from, content, 0, partition.bytes, partition.at);
  closeSync(from);

  const gpt = join(folder, 'gpt.raw');
  writeFileSync(gpt, '');
  truncateSync(gpt, partition.at + partition.bytes + mib);
  const table = `label: gpt\nstart=${partition.at / 512},size=${partition.bytes / 512},type=U\n`;
  execFileSync('/usr/sbin/sfdisk', ['--quiet', gpt], { input: table });
  const to = openSync(gpt, 'r+');
  writeSync(to, content, 0, partition.bytes, partition.at);
  closeSync(to);
  return gpt;
}
