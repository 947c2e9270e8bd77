import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import {
  decodeAnswer,
  dhcpTypes,
  encodeRequest,
  type DhcpAnswer,
  type DhcpClientKind,
} from './dhcp-packet.js';

const clientPort = 68;
const serverPort = 67;
/** iPXE's waiting times, without its very long last ones. */
const retryAfterMs = [1000, 2000, 4000];

export interface DhcpQuery {
  readonly kind: DhcpClientKind;
  readonly mac: string;
  /** Takes the offer of another server than answered. */
  readonly foreign?: boolean;
  readonly signal: AbortSignal;
}

/** RFC 5737: nobody's. */
const anotherServer = '192.0.2.67';
const anothersAddress = '192.0.2.68';

/**
 * DHCP for any number of nodes over one socket. Answers are broadcast, and each node recognises its answers by
 * transaction id.
 */
export class DhcpClient {
  private readonly waiting = new Map<number, (answer: DhcpAnswer) => void>();

  private constructor(
    private readonly socket: Socket,
    private readonly broadcast: string,
  ) {
    // The link may be down: the lost request is sent again.
    socket.on('error', () => undefined);
    socket.on('message', (packet) => {
      const answer = decodeAnswer(packet);
      if (answer !== undefined) {
        this.waiting.get(answer.transaction)?.(answer);
      }
    });
  }

  /** `broadcast`: the broadcast address of the provisioning network. */
  static async open(broadcast: string): Promise<DhcpClient> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    socket.bind(clientPort);
    await once(socket, 'listening');
    socket.setBroadcast(true);
    return new DhcpClient(socket, broadcast);
  }

  close(): void {
    this.socket.close();
  }

  /** Repeats the request until an address is assigned. Rejects only when aborted. */
  async acquire(query: DhcpQuery): Promise<DhcpAnswer> {
    for (;;) {
      for (const waitMs of retryAfterMs) {
        const offer = await this.exchange(query, waitMs);
        const given = offer && (await this.exchange(query, waitMs, offer));
        if (given?.type === dhcpTypes.ack) {
          return given;
        }
      }
    }
  }

  /**
   * Sends as another machine in the card's name: asks as firmware without a loader, and takes another server's offer.
   */
  async spoof(mac: string): Promise<void> {
    const other = createSocket('udp4');
    other.bind();
    await once(other, 'listening');
    other.setBroadcast(true);
    const offer = { address: anothersAddress, server: anotherServer };
    const requests = [
      { kind: 'arm', type: dhcpTypes.discover },
      { kind: 'ipxe', type: dhcpTypes.request, offer },
    ] as const;
    for (const request of requests) {
      const packet = encodeRequest({ ...request, mac, transaction: randomInt(1, 2 ** 31) });
      await new Promise<void>((resolve) => {
        other.send(packet, serverPort, this.broadcast, () => {
          resolve();
        });
      });
    }
    other.close();
  }

  /** Sends one request and waits for its answer; undefined after the timeout. */
  private async exchange(
    { kind, mac, foreign, signal }: DhcpQuery,
    waitMs: number,
    given?: DhcpAnswer,
  ): Promise<DhcpAnswer | undefined> {
    const offer = given && (foreign === true ? { ...given, server: anotherServer } : given);
    const transaction = offer?.transaction ?? randomInt(1, 2 ** 31);
    const type = offer === undefined ? dhcpTypes.discover : dhcpTypes.request;
    const request = { kind, type, transaction, mac, ...(offer === undefined ? {} : { offer }) };
    const over = new AbortController();
    const answered = new Promise<DhcpAnswer>((resolve) => {
      this.waiting.set(transaction, (answer) => {
        if (offer === undefined ? answer.type === dhcpTypes.offer : answer.type > type) {
          resolve(answer);
        }
      });
    });
    try {
      this.socket.send(encodeRequest(request), serverPort, this.broadcast, () => undefined);
      const late = pause(waitMs, undefined, { signal: AbortSignal.any([signal, over.signal]) });
      return await Promise.race([answered, late]);
    } finally {
      over.abort();
      this.waiting.delete(transaction);
    }
  }
}
