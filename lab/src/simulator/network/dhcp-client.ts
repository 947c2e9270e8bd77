import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import {
  decodeAnswer,
  dhcpTypes,
  encodeQuestion,
  type DhcpAnswer,
  type DhcpClientKind,
} from './dhcp-packet.js';

const clientPort = 68;
const serverPort = 67;
/** As iPXE waits, but for its very long last ones. */
const patienceMs = [1000, 2000, 4000];

export interface DhcpAsking {
  readonly kind: DhcpClientKind;
  readonly mac: string;
  readonly signal: AbortSignal;
}

/**
 * DHCP for any number of nodes over one socket: each wants its answers by broadcast and knows its own by their number.
 */
export class DhcpClient {
  private readonly waiting = new Map<number, (answer: DhcpAnswer) => void>();

  private constructor(
    private readonly socket: Socket,
    private readonly broadcast: string,
  ) {
    // A wire that is down: the question is lost, and asked again.
    socket.on('error', () => undefined);
    socket.on('message', (packet) => {
      const answer = decodeAnswer(packet);
      if (answer !== undefined) {
        this.waiting.get(answer.transaction)?.(answer);
      }
    });
  }

  /** `broadcast`: of the provisioning network. */
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

  /** Asks until it has an address. Rejects only when aborted. */
  async acquire(asking: DhcpAsking): Promise<DhcpAnswer> {
    for (;;) {
      for (const waitMs of patienceMs) {
        const offer = await this.exchange(asking, waitMs);
        const given = offer && (await this.exchange(asking, waitMs, offer));
        if (given?.type === dhcpTypes.ack) {
          return given;
        }
      }
    }
  }

  /** One question and its answer, if one comes in time. */
  private async exchange(
    { kind, mac, signal }: DhcpAsking,
    waitMs: number,
    offer?: DhcpAnswer,
  ): Promise<DhcpAnswer | undefined> {
    const transaction = offer?.transaction ?? randomInt(1, 2 ** 31);
    const type = offer === undefined ? dhcpTypes.discover : dhcpTypes.request;
    const question = { kind, type, transaction, mac, ...(offer === undefined ? {} : { offer }) };
    const over = new AbortController();
    const answered = new Promise<DhcpAnswer>((resolve) => {
      this.waiting.set(transaction, (answer) => {
        if (offer === undefined ? answer.type === dhcpTypes.offer : answer.type > type) {
          resolve(answer);
        }
      });
    });
    try {
      this.socket.send(encodeQuestion(question), serverPort, this.broadcast, () => undefined);
      const late = pause(waitMs, undefined, { signal: AbortSignal.any([signal, over.signal]) });
      return await Promise.race([answered, late]);
    } finally {
      over.abort();
      this.waiting.delete(transaction);
    }
  }
}
