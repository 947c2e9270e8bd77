// Reads dnsmasq's log (with log-dhcp): only the log shows a request that gets no lease.

import { isIP } from 'node:net';
import { firmwareOf, noLoaderTag } from './firmware.js';

/** A client's request. */
export type DhcpRequestNews =
  | {
      readonly kind: 'discover' | 'request';
      readonly mac: string;
      /** Sent by firmware or a boot loader, not by an operating system. */
      readonly byLoader: boolean;
    }
  /** Firmware asked for a loader, and there is none for it. */
  | { readonly kind: 'no-loader'; readonly mac: string; readonly firmware: string }
  /** The client had taken the offer of another server. */
  | { readonly kind: 'foreign-server'; readonly mac: string; readonly address: string };

export type DhcpNews =
  | DhcpRequestNews
  /** A host did not get its address, because another card has a lease on it. */
  | { readonly kind: 'leased'; readonly address: string; readonly mac: string }
  /** A relay passed on a request from a network that is not served; its sender is not logged. */
  | { readonly kind: 'relayed'; readonly relay: string }
  /** dnsmasq has read the host file: at its start, when its sockets are open, and after each SIGHUP. */
  | { readonly kind: 'read'; readonly path: string };

const macPattern = /\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/;
const linePattern = /^dnsmasq-dhcp(?:\[\d+\])?: (?:(\d+) )?(.*)$/;

/** The server that the client names is not in the log, only the address that it was offered there. */
const nakPattern = /^DHCPNAK\(\S+\) ([\d.]+) .*wrong server-ID/;

/** Reads the log line by line. The lines of one packet follow each other and share its transaction id. */
export class DhcpLog {
  private transaction: string | undefined;
  private vendorClass = '';
  private userClass = '';
  /** The sender of the request, if it gets an answer. */
  private mac: string | undefined;

  /** What this line reports, if anything. */
  read(line: string): DhcpNews | undefined {
    const [, transaction, text = ''] = linePattern.exec(line) ?? [];
    if (text === '') {
      return undefined;
    }
    if (transaction === undefined) {
      return newsOfServer(text);
    }
    this.follow(transaction, text);
    return this.newsOfPacket(text);
  }

  private follow(transaction: string, text: string): void {
    if (transaction !== this.transaction || text.startsWith('available DHCP')) {
      this.transaction = transaction;
      this.vendorClass = '';
      this.userClass = '';
      this.mac = undefined;
    }
    this.vendorClass = after('vendor class: ', text) ?? this.vendorClass;
    this.userClass = after('user class: ', text) ?? this.userClass;
  }

  private newsOfPacket(text: string): DhcpNews | undefined {
    const tags = after('tags: ', text);
    if (tags !== undefined) {
      return this.newsOfTags(tags.split(', '));
    }
    const mac = macPattern.exec(text)?.[0];
    if (mac === undefined) {
      return undefined;
    }
    if (text.startsWith('DHCPNAK(')) {
      const [, address = ''] = nakPattern.exec(text) ?? [];
      return address === '' ? undefined : { kind: 'foreign-server', mac, address };
    }
    const byLoader = /^(PXEClient|HTTPClient)/.test(this.vendorClass) || this.userClass === 'iPXE';
    if (text.startsWith('DHCPDISCOVER(')) {
      this.mac = mac;
      return { kind: 'discover', mac, byLoader };
    }
    return text.startsWith('DHCPREQUEST(') ? { kind: 'request', mac, byLoader } : undefined;
  }

  private newsOfTags(tags: readonly string[]): DhcpNews | undefined {
    const { mac, vendorClass } = this;
    return mac !== undefined && tags.includes(noLoaderTag)
      ? { kind: 'no-loader', mac, firmware: firmwareOf(vendorClass) }
      : undefined;
  }
}

const leasedPattern =
  /^not using configured address ([\d.]+) because it is leased to ([0-9a-f:]{17})$/;

function newsOfServer(text: string): DhcpNews | undefined {
  const [, address, mac] = leasedPattern.exec(text.trim()) ?? [];
  if (address !== undefined && mac !== undefined) {
    return { kind: 'leased', address, mac };
  }
  const relay = after('no address range available for DHCP request via ', text);
  if (relay !== undefined) {
    // Also for an interface without the subnet's address: a name.
    return isIP(relay) === 0 ? undefined : { kind: 'relayed', relay };
  }
  const path = after('read ', text);
  return path === undefined ? undefined : { kind: 'read', path };
}

const after = (prefix: string, text: string): string | undefined =>
  text.startsWith(prefix) ? text.slice(prefix.length).trim() : undefined;
