import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Logger } from '@metalcast/log';
import type { Content } from './content.js';
import { errorCode, errorPacket, parseClientPacket, type ReadRequest } from './packet.js';
import { Slots, type Slot } from './slots.js';
import { transfer } from './transfer.js';

/** Finds the content for a request. Undefined: no such file. */
export type Lookup = (filename: string, peerAddress: string) => Promise<Content | undefined>;

export interface TftpOptions {
  readonly address: string;
  readonly port: number;
  readonly lookup: Lookup;
  readonly logger: Logger;
}

const mostTransfers = 512;
/** Limit for one address: a loader fetches one file after the other, and may leave some unfinished. */
const mostOfPeer = 8;
const tries = 6;
/** Most characters of a file name in the log: a datagram may contain 65,000. */
const longestTold = 128;
const quietMs = 60_000;

/** A read-only TFTP server (RFC 1350, 2347, 2348, 2349, 7440). */
export class TftpServer {
  private socket: Socket | undefined;
  /** By the peer's address, port and file: a repeated request is one transfer. */
  private readonly transfers = new Set<string>();
  private readonly slots = new Slots(mostTransfers, mostOfPeer);
  private readonly options: TftpOptions;
  private quietUntil = 0;

  constructor(options: TftpOptions) {
    this.options = options;
  }

  get port(): number {
    return this.socket?.address().port ?? 0;
  }

  async listen(): Promise<void> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      socket.bind(this.options.port, this.options.address, resolve);
    });
    socket.removeAllListeners('error');
    socket.on('error', (error) => {
      this.options.logger.error({ err: error }, 'TFTP socket failed');
    });
    socket.on('message', (packet, peer) => {
      this.received(packet, peer);
    });
    this.socket = socket;
  }

  /** Takes no more requests; running transfers end within their own time limits. */
  close(): void {
    this.socket?.close();
    this.socket = undefined;
  }

  private received(packet: Buffer, peer: RemoteInfo): void {
    // Port 0 cannot get an answer (RFC 768), and Node throws when it sends to it.
    if (peer.port === 0) {
      return;
    }
    const message = parseClientPacket(packet);
    if (message?.kind === 'write') {
      this.refuse(peer, errorCode.accessViolation, 'this server is read-only');
    } else if (message?.kind === 'malformed') {
      this.malformed(packet, peer);
    } else if (message?.kind === 'read') {
      this.begin(message.request, peer);
    }
  }

  /**
   * A request that cannot be served now (too many transfers, no database) is not answered: then the client asks again.
   * An error would send firmware on to its disk, whatever is on it.
   */
  private begin(request: ReadRequest, peer: RemoteInfo): void {
    const key = `${peer.address} ${peer.port} ${request.filename}`;
    if (this.transfers.has(key)) {
      return;
    }
    if (request.mode !== 'octet') {
      this.refuse(peer, errorCode.illegalOperation, 'octet mode only');
      return;
    }
    const slot = this.slots.take(peer.address);
    if (slot === undefined) {
      return;
    }
    this.transfers.add(key);
    void this.serve(request, peer, slot)
      .catch((error: unknown) => {
        const about = { file: request.filename.slice(0, longestTold), peer: peer.address };
        this.options.logger.error({ ...about, err: error }, 'TFTP: cannot serve now');
      })
      .finally(() => {
        slot.leave();
        this.transfers.delete(key);
      });
  }

  /** Logged at most once a minute, because anybody can send malformed requests. */
  private malformed(packet: Buffer, peer: RemoteInfo): void {
    this.refuse(peer, errorCode.illegalOperation, 'malformed request');
    if (performance.now() >= this.quietUntil) {
      this.quietUntil = performance.now() + quietMs;
      const request = packet.subarray(2, 130).toString('latin1');
      this.options.logger.warn({ peer: peer.address, request }, 'TFTP: malformed request');
    }
  }

  private async serve(request: ReadRequest, peer: RemoteInfo, slot: Slot): Promise<void> {
    const { address, lookup, logger } = this.options;
    const about = { file: request.filename.slice(0, longestTold), peer: peer.address };
    const content = await lookup(request.filename, peer.address);
    if (content === undefined) {
      logger.debug(about, 'TFTP: no such file');
      this.refuse(peer, errorCode.notFound, 'file not found');
      return;
    }
    slot.awaitClient();
    const complete = await transfer({
      address,
      peer,
      content,
      requested: request.options,
      tries,
      signal: slot.signal,
      firstWord: () => {
        slot.keep();
        return content.proven?.() ?? Promise.resolve(true);
      },
    });
    logger.debug({ ...about, bytes: content.size, complete }, 'TFTP: served');
  }

  private refuse(peer: RemoteInfo, code: number, message: string): void {
    this.socket?.send(errorPacket(code, message), peer.port, peer.address, () => undefined);
  }
}
