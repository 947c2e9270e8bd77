import { Connection } from './connection.js';
import { logIn, type Account, type Negotiated } from './log-in.js';
import { at, final, headerOf, immediate, opcodeOf, opcodes, padded, type Pdu } from './pdu.js';

export interface UnitAddress extends Account {
  /** address:port */
  readonly portal: string;
  readonly lun: number;
}

export interface Capacity {
  readonly blockBytes: number;
  readonly bytes: number;
}

/** What the unit said of a command that it could not do. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

const good = 0;
const checkCondition = 2;
/** It has been reset, or is just new: said once, to whoever asks first. */
const unitAttention = 6;
const mostAttentions = 5;
const flagsOf = { none: 0x81, read: 0xc1, write: 0xa1 } as const;

interface Command {
  readonly block: Buffer;
  readonly direction: keyof typeof flagsOf;
  readonly bytes?: number;
  readonly data?: Buffer;
}

/** A disk that a target offers, logged in to. One command at a time. */
export class LogicalUnit {
  private constructor(
    private readonly connection: Connection,
    private readonly lun: number,
    private readonly negotiated: Negotiated,
  ) {}

  /** Throws LoginRefused. `signal` ends the connection, whatever is under way. */
  static async open(address: UnitAddress, signal: AbortSignal): Promise<LogicalUnit> {
    const connection = await Connection.open(address.portal, signal);
    try {
      return new LogicalUnit(connection, address.lun, await logIn(connection, address));
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async capacity(): Promise<Capacity> {
    const block = commandBlock(0x9e);
    block.writeUInt8(0x10, 1);
    block.writeUInt32BE(32, 10);
    const told = await this.run({ block, direction: 'read', bytes: 32 });
    if (told.length < 12) {
      throw new CommandFailed('the unit does not tell its size');
    }
    const blockBytes = told.readUInt32BE(8);
    return { blockBytes, bytes: (Number(told.readBigUInt64BE(0)) + 1) * blockBytes };
  }

  /** Whole blocks. */
  async write(
    data: Buffer,
    block: { readonly number: number; readonly bytes: number },
  ): Promise<void> {
    const write = commandBlock(0x8a);
    write.writeBigUInt64BE(BigInt(block.number), 2);
    write.writeUInt32BE(data.length / block.bytes, 10);
    await this.run({ block: write, direction: 'write', data });
  }

  /** Resolves when all that was written is on the disk. */
  async flush(): Promise<void> {
    await this.run({ block: commandBlock(0x91), direction: 'none' });
  }

  /** Logs out, as far as the target still answers. */
  async close(): Promise<void> {
    try {
      const task = this.connection.newTask();
      const header = headerOf(opcodes.logout | immediate, final);
      header.writeUInt32BE(task, at.task);
      this.connection.send(header);
      await this.connection.receive(task);
    } finally {
      this.connection.close();
    }
  }

  /** Ends the connection at once. Repeatable. */
  destroy(): void {
    this.connection.close();
  }

  private async run(command: Command): Promise<Buffer> {
    for (let attentions = 0; ; attentions += 1) {
      const { status, sense, data } = await this.runOnce(command);
      if (status === good) {
        return data;
      }
      const key = sense.length > 4 ? sense.readUInt8(4) & 0x0f : undefined;
      if (status !== checkCondition || key !== unitAttention || attentions >= mostAttentions) {
        const told = sense.subarray(2, 16).toString('hex');
        throw new CommandFailed(`the disk answers with status ${status}, sense ${told || 'none'}`);
      }
    }
  }

  private async runOnce({ block, direction, bytes, data = Buffer.alloc(0) }: Command) {
    const task = this.connection.newTask();
    const first = data.subarray(0, Math.min(data.length, this.negotiated.immediateBytes));
    const header = headerOf(opcodes.command, flagsOf[direction], first.length);
    header.writeUInt16BE(this.lun, at.lun);
    header.writeUInt32BE(task, at.task);
    header.writeUInt32BE(bytes ?? data.length, at.expectedBytes);
    block.copy(header, at.commandBlock);
    this.connection.together(() => {
      this.connection.send(header, first);
    });
    const read: Buffer[] = [];
    for (;;) {
      const pdu = await this.connection.receive(task);
      switch (opcodeOf(pdu)) {
        case opcodes.readyToTransfer:
          this.connection.together(() => {
            this.transfer(pdu, task, data);
          });
          break;
        case opcodes.dataIn:
          read.push(Buffer.from(pdu.data));
          if ((pdu.header.readUInt8(at.flags) & 1) === 1) {
            return { ...ended(pdu), data: Buffer.concat(read) };
          }
          break;
        case opcodes.response:
          return { ...ended(pdu), data: Buffer.concat(read) };
        default:
          throw new Error(`the target answers a command with ${opcodeOf(pdu)}`);
      }
      if (read.length > 1) {
        throw new Error('the target sends more than was asked for');
      }
    }
  }

  /** What the target asks for, in as large units as it takes. */
  private transfer({ header: asked }: Pdu, task: number, data: Buffer): void {
    const from = asked.readUInt32BE(at.bufferOffset);
    const wanted = data.subarray(from, from + asked.readUInt32BE(at.wantedBytes));
    if (wanted.length === 0 || wanted.length !== asked.readUInt32BE(at.wantedBytes)) {
      throw new Error('the target asks for data that there is not');
    }
    const { unitBytes } = this.negotiated;
    for (let sent = 0, number = 0; sent < wanted.length; sent += unitBytes, number += 1) {
      const part = wanted.subarray(sent, sent + unitBytes);
      const isLast = sent + unitBytes >= wanted.length;
      const header = headerOf(opcodes.dataOut, isLast ? final : 0, part.length);
      asked.copy(header, at.lun, at.lun, at.lun + 8);
      header.writeUInt32BE(task, at.task);
      header.writeUInt32BE(asked.readUInt32BE(at.transfer), at.transfer);
      header.writeUInt32BE(number, at.dataNumber);
      header.writeUInt32BE(from + sent, at.bufferOffset);
      this.connection.send(header, part, Buffer.alloc(padded(part.length) - part.length));
    }
  }
}

function commandBlock(operation: number): Buffer {
  const block = Buffer.alloc(16);
  block.writeUInt8(operation, 0);
  return block;
}

/** Of a response, or of data with which a status comes. */
const ended = ({ header, data }: Pdu): { status: number; sense: Buffer } =>
  opcodeOf({ header, data }) === opcodes.response && header.readUInt8(2) !== 0
    ? { status: 0xff, sense: Buffer.alloc(0) }
    : { status: header.readUInt8(3), sense: data };
