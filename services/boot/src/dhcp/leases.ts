import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

export interface Lease {
  readonly mac: string;
  readonly address: string;
}

const lookMs = 20;
const looks = 4;

/**
 * Reads dnsmasq's lease file: expiry, MAC, address, host name, client id; IPv6 leases follow in another form. Before
 * dnsmasq's first start there is no file.
 */
export async function readLeases(file: string): Promise<Lease[]> {
  const text = await readWhole(file);
  return text.split('\n').flatMap((line) => {
    const [expiry, mac, address] = line.split(' ');
    return expiry !== undefined &&
      /^\d+$/.test(expiry) &&
      mac !== undefined &&
      address !== undefined
      ? [{ mac, address }]
      : [];
  });
}

/**
 * dnsmasq empties the file and rewrites it. A file without its last line end may be half written, an empty file may not
 * be written yet.
 */
async function readWhole(file: string): Promise<string> {
  for (let look = 1; ; look += 1) {
    const text = await readFile(file, 'utf8').catch(noneYet);
    if (text === undefined || text.endsWith('\n') || look === looks) {
      return text ?? '';
    }
    await delay(lookMs);
  }
}

function noneYet(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') {
    throw error;
  }
}

const serverPort = 67;

/** Releases a lease in its holder's name (DHCPRELEASE, RFC 2131 4.4.6); dnsmasq offers no other way. */
export async function sendRelease(lease: Lease, server: string): Promise<void> {
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.send(releaseMessage(lease, server), serverPort, server, (error) => {
        if (error === null) {
          resolve();
        } else {
          reject(error);
        }
      });
    });
  } finally {
    socket.close();
  }
}

const fixedLength = 240;
const transactionId = Math.floor(Math.random() * 2 ** 32);

export function releaseMessage({ mac, address }: Lease, server: string): Buffer {
  const message = Buffer.alloc(fixedLength);
  message.set([1, 1, 6]); // BOOTREQUEST, Ethernet, address length
  message.writeUInt32BE(transactionId, 4);
  message.set(addressBytes(address), 12); // ciaddr
  message.write(mac.replaceAll(':', ''), 28, 'hex'); // chaddr
  message.writeUInt32BE(0x63_82_53_63, 236); // magic cookie
  const options = [53, 1, 7, 54, 4, ...addressBytes(server), 255]; // DHCPRELEASE, server identifier
  return Buffer.concat([message, Buffer.from(options)]);
}

const addressBytes = (address: string): number[] => address.split('.').map(Number);
