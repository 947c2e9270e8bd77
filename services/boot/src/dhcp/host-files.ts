import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BootPort } from '@metalcast/db';
import { dashed } from '../links.js';

/** What a change asks of dnsmasq: new files it reads by itself, all else only when told to read again. */
export type HostChange = 'none' | 'added' | 'changed';

/** Holds no host; dnsmasq says on its log when it has read it. */
const markerName = 'agreed';

/** dnsmasq's host files, one per MAC: a cache of the database. */
export class HostFiles {
  readonly marker: string;

  constructor(
    readonly directory: string,
    /** On the same file system; dnsmasq must not see a file that is being written. */
    private readonly drafts: string,
  ) {
    this.marker = join(directory, markerName);
  }

  /** Makes the directory hold `ports` and nothing else. */
  async rebuild(ports: readonly BootPort[]): Promise<void> {
    await rm(this.drafts, { recursive: true, force: true });
    await mkdir(this.drafts, { recursive: true });
    await mkdir(this.directory, { recursive: true });
    const wanted = new Set(ports.map(({ mac }) => dashed(mac)));
    for (const name of await readdir(this.directory)) {
      if (!wanted.has(name)) {
        await rm(join(this.directory, name), { recursive: true });
      }
    }
    for (const port of ports) {
      await this.place(dashed(port.mac), hostLine(port));
    }
  }

  /** Makes the files of `macs` agree with `ports`. */
  async agree(macs: readonly string[], ports: readonly BootPort[]): Promise<HostChange> {
    const wanted = new Map(ports.map((port) => [port.mac, hostLine(port)]));
    const changes: HostChange[] = [];
    for (const mac of new Set([...macs, ...wanted.keys()])) {
      changes.push(await this.agreeOne(dashed(mac), wanted.get(mac)));
    }
    return changes.includes('changed') ? 'changed' : changes.includes('added') ? 'added' : 'none';
  }

  /** Makes dnsmasq read something, after all that was placed before. */
  async touchMarker(): Promise<void> {
    await this.place(markerName, '# the files beside this one agree with the database\n');
  }

  private async agreeOne(name: string, wanted: string | undefined): Promise<HostChange> {
    const path = join(this.directory, name);
    const present = await readFile(path, 'utf8').catch(() => undefined);
    if (present === wanted) {
      return 'none';
    }
    if (wanted === undefined) {
      await rm(path);
    } else {
      await this.place(name, wanted);
    }
    return present === undefined ? 'added' : 'changed';
  }

  private async place(name: string, content: string): Promise<void> {
    const draft = join(this.drafts, name);
    await writeFile(draft, content);
    await rename(draft, join(this.directory, name));
  }
}

const hostLine = ({ mac, address }: BootPort): string => `${mac},${address}\n`;
