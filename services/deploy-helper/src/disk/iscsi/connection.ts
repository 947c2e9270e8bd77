import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { addAbortSignal } from 'node:stream';
import {
  at,
  final,
  headerOf,
  immediate,
  noTag,
  opcodeOf,
  opcodes,
  pdusOf,
  type Pdu,
} from './pdu.js';

/** One TCP connection to a target, which has one task at a time. Every method rejects when the connection ends. */
export class Connection {
  private readonly incoming: AsyncGenerator<Pdu, void>;
  private expectedStatus = 0;
  private nextCommand = 1;
  private task = 0;

  private constructor(private readonly socket: Socket) {
    this.incoming = pdusOf(socket);
  }

  /** `portal`: address:port. `signal` ends it. */
  static async open(portal: string, signal: AbortSignal): Promise<Connection> {
    const colon = portal.lastIndexOf(':');
    const host = portal.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
    const socket = connect({ host, port: Number(portal.slice(colon + 1)), noDelay: true });
    // Whoever uses it hears of it; what comes when nobody does any more is of no interest.
    socket.on('error', () => undefined);
    addAbortSignal(signal, socket);
    await once(socket, 'connect');
    socket.setKeepAlive(true, 10_000);
    return new Connection(socket);
  }

  /** Gives the header its numbers and sends it with its data, which must stay as it is until the task is answered. */
  send(header: Buffer, ...data: readonly Buffer[]): void {
    const isNumbered = (header.readUInt8(0) & 0x3f) !== opcodes.dataOut;
    if (isNumbered) {
      header.writeUInt32BE(this.nextCommand, at.commandNumber);
      if ((header.readUInt8(0) & immediate) === 0) {
        this.nextCommand = (this.nextCommand + 1) >>> 0;
      }
    }
    header.writeUInt32BE(this.expectedStatus, at.expectedStatus);
    for (const piece of [header, ...data]) {
      if (piece.length > 0) {
        this.socket.write(piece);
      }
    }
  }

  /** What `work` sends goes out in few pieces. */
  together(work: () => void): void {
    this.socket.cork();
    work();
    this.socket.uncork();
  }

  /** A new task's tag. */
  newTask(): number {
    this.task += 1;
    return this.task;
  }

  /** The next unit for the task; answers the target's pings meanwhile. */
  async receive(task: number): Promise<Pdu> {
    for (;;) {
      const { value: pdu } = await this.incoming.next();
      if (pdu === undefined) {
        throw new Error('the target closed the connection');
      }
      const opcode = opcodeOf(pdu);
      if (opcode === opcodes.reject) {
        throw new Error(`the target rejects a request, reason ${pdu.header.readUInt8(2)}`);
      }
      this.note(pdu, opcode);
      if (opcode === opcodes.nopIn) {
        this.answerPing(pdu);
      } else if (pdu.header.readUInt32BE(at.task) === task) {
        return pdu;
      }
    }
  }

  close(): void {
    this.socket.destroy();
  }

  /** Which answers have come: these say so by a number of their own. */
  private note({ header }: Pdu, opcode: number): void {
    const isAnswer =
      opcode === opcodes.response ||
      opcode === opcodes.loginResponse ||
      opcode === opcodes.logoutResponse ||
      (opcode === opcodes.dataIn && (header.readUInt8(at.flags) & 1) === 1) ||
      (opcode === opcodes.nopIn && header.readUInt32BE(at.task) !== noTag);
    if (isAnswer) {
      this.expectedStatus = (header.readUInt32BE(at.statusNumber) + 1) >>> 0;
    }
  }

  private answerPing({ header }: Pdu): void {
    const transfer = header.readUInt32BE(at.transfer);
    if (transfer === noTag) {
      return;
    }
    const pong = headerOf(opcodes.nopOut | immediate, final);
    header.copy(pong, at.lun, at.lun, at.lun + 8);
    pong.writeUInt32BE(noTag, at.task);
    pong.writeUInt32BE(transfer, at.transfer);
    this.send(pong);
  }
}
