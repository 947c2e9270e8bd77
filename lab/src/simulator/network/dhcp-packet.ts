// The part of DHCP that a network card's firmware uses (RFC 2131, options RFC 2132).

export const dhcpTypes = { discover: 1, offer: 2, request: 3, ack: 5, nak: 6 } as const;

const magic = 0x63_82_53_63;
const broadcastWanted = 0x80_00;
const headerBytes = 240;
const at = { transaction: 4, flags: 10, yourAddress: 16, hardware: 28, file: 108, magic: 236 };
const fileBytes = 128;

const option = {
  requestedAddress: 50,
  type: 53,
  server: 54,
  wanted: 55,
  vendorClass: 60,
  bootFile: 67,
  userClass: 77,
  architecture: 93,
  ipxe: 175,
} as const;
const pad = 0;
const end = 255;

/** The client: iPXE in the network card, firmware without a loader, or the installed system. */
export type DhcpClientKind = 'ipxe' | 'arm' | 'system';

export interface DhcpRequest {
  readonly kind: DhcpClientKind;
  readonly type: number;
  readonly transaction: number;
  readonly mac: string;
  /** In a request: the offered address and the server that offered it. */
  readonly offer?: Pick<DhcpAnswer, 'address' | 'server'>;
}

export interface DhcpAnswer {
  readonly type: number;
  readonly transaction: number;
  readonly address: string;
  readonly server: string;
  /** URL or file name to boot from; empty when the answer has none. */
  readonly bootFile: string;
}

export function encodeRequest({ kind, type, transaction, mac, offer }: DhcpRequest): Buffer {
  const head = Buffer.alloc(headerBytes);
  // BOOTREQUEST, Ethernet, six address bytes.
  head.set([1, 1, 6, 0]);
  head.writeUInt32BE(transaction, at.transaction);
  head.writeUInt16BE(broadcastWanted, at.flags);
  head.set(Buffer.from(mac.replaceAll(':', ''), 'hex'), at.hardware);
  head.writeUInt32BE(magic, at.magic);
  return Buffer.concat([
    head,
    encodeOption(option.type, Buffer.from([type])),
    ...(offer === undefined
      ? []
      : [
          encodeOption(option.requestedAddress, bytesOf(offer.address)),
          encodeOption(option.server, bytesOf(offer.server)),
        ]),
    encodeOption(option.wanted, Buffer.from([1, 3, 6, option.bootFile])),
    ...firmwareOptions[kind],
    Buffer.from([end]),
  ]);
}

/** Undefined for a packet that is not an answer. */
export function decodeAnswer(packet: Buffer): DhcpAnswer | undefined {
  if (packet.length < headerBytes || packet[0] !== 2 || packet.readUInt32BE(at.magic) !== magic) {
    return undefined;
  }
  const options = decodeOptions(packet.subarray(headerBytes));
  const file = options.get(option.bootFile) ?? packet.subarray(at.file, at.file + fileBytes);
  return {
    type: options.get(option.type)?.[0] ?? 0,
    transaction: packet.readUInt32BE(at.transaction),
    address: packet.subarray(at.yourAddress, at.yourAddress + 4).join('.'),
    server: [...(options.get(option.server) ?? [])].join('.'),
    bootFile: file.toString('latin1').split('\0')[0] ?? '',
  };
}

function decodeOptions(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length && bytes[at] !== end;) {
    const code = bytes[at] ?? end;
    const length = bytes[at + 1] ?? 0;
    if (code === pad) {
      at += 1;
      continue;
    }
    found.set(code, bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return found;
}

const encodeOption = (code: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([code, value.length]), value]);

const bytesOf = (address: string): Buffer => Buffer.from(address.split('.').map(Number));

const firmwareOptions: Readonly<Record<DhcpClientKind, readonly Buffer[]>> = {
  // A BIOS's network card with built-in iPXE.
  ipxe: [
    encodeOption(option.vendorClass, Buffer.from('PXEClient:Arch:00000:UNDI:002001')),
    encodeOption(option.userClass, Buffer.from('iPXE')),
    encodeOption(option.architecture, Buffer.from([0, 0])),
    encodeOption(option.ipxe, Buffer.from([0x13, 1, 1])),
  ],
  arm: [
    encodeOption(option.vendorClass, Buffer.from('PXEClient:Arch:00011:UNDI:003000')),
    encodeOption(option.architecture, Buffer.from([0, 11])),
  ],
  system: [],
};
