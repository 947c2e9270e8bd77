import { rename, writeFile } from 'node:fs/promises';
import type { BootPort } from '@metalcast/db/boot';

/**
 * dnsmasq's one host file: a cache of the database. It is one file because with a directory of files dnsmasq forgets a
 * host or its address only by reading all of them again, which takes ten times as long.
 */
export class HostFile {
  private readonly addresses = new Map<string, string>();
  private readonly holders = new Map<string, string>();
  private changes = 0;

  constructor(readonly path: string) {}

  /** Increases with each change. */
  get version(): number {
    return this.changes;
  }

  /** The MAC of the host that has the address. */
  holderOf(address: string): string | undefined {
    return this.holders.get(address);
  }

  replaceAll(ports: readonly BootPort[]): void {
    this.addresses.clear();
    this.holders.clear();
    this.agree([], ports);
    this.changes += 1;
  }

  /** Makes the entries of `macs` agree with `ports`. */
  agree(macs: readonly string[], ports: readonly BootPort[]): void {
    const wanted = new Map(ports.map(({ mac, address }) => [mac, address]));
    for (const mac of new Set([...macs, ...wanted.keys()])) {
      this.agreeOne(mac, wanted.get(mac));
    }
  }

  /** Replaces the file in one step: dnsmasq never sees a part of it. Returns the version that was written. */
  async write(): Promise<number> {
    const { version } = this;
    const draft = `${this.path}.draft`;
    await writeFile(draft, this.text());
    await rename(draft, this.path);
    return version;
  }

  private text(): string {
    return [...this.addresses].map(([mac, address]) => `${mac},${address}\n`).join('');
  }

  private agreeOne(mac: string, wanted: string | undefined): void {
    const present = this.addresses.get(mac);
    if (present === wanted) {
      return;
    }
    this.changes += 1;
    this.remove(mac, present);
    if (wanted !== undefined) {
      // dnsmasq would refuse the second host of an address; the newer one is right.
      this.remove(this.holders.get(wanted) ?? '', wanted);
      this.addresses.set(mac, wanted);
      this.holders.set(wanted, mac);
    }
  }

  private remove(mac: string, address: string | undefined): void {
    this.addresses.delete(mac);
    if (address !== undefined) {
      this.holders.delete(address);
    }
  }
}
