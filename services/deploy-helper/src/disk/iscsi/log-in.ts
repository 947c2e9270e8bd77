import { createHash } from 'node:crypto';
import type { Connection } from './connection.js';
import { at, final, headerOf, immediate, opcodeOf, opcodes, padded } from './pdu.js';

export interface Account {
  readonly iqn: string;
  readonly user: string;
  readonly secret: string;
}

/** The target does not let us in: the account, or the name, is not what it knows. */
export class LoginRefused extends Error {
  override readonly name = 'LoginRefused';
}

/** What the target takes. */
export interface Negotiated {
  /** Bytes of data in one unit. */
  readonly unitBytes: number;
  /** Bytes of data that may come with a command itself. */
  readonly immediateBytes: number;
}

const initiator = 'iqn.2026-11.internal.metalcast:deploy-helper';
const stages = { security: 0, operational: 1, fullFeature: 3 } as const;
const mostRounds = 8;
/** CHAP's algorithm (RFC 7143, section 12.1.3): MD5 is the one that all have. */
const md5 = '5';
/** That of RFC 7143, where a target says nothing. */
const defaults = { unitBytes: 8192, firstBurst: 65_536 };

type Texts = Readonly<Record<string, string>>;

/** Logs in by CHAP. Throws LoginRefused. */
export async function logIn(connection: Connection, account: Account): Promise<Negotiated> {
  const talk = new Talk(connection);
  const offered = await talk.ask(stages.security, undefined, {
    InitiatorName: initiator,
    SessionType: 'Normal',
    TargetName: account.iqn,
    AuthMethod: 'CHAP',
  });
  if (offered['AuthMethod'] !== 'CHAP') {
    throw new LoginRefused('the target does not ask for CHAP');
  }
  const challenge = await talk.ask(stages.security, undefined, { CHAP_A: md5 });
  await talk.ask(stages.security, stages.operational, answerOf(challenge, account));
  const told = await talk.ask(stages.operational, stages.fullFeature, {
    HeaderDigest: 'None',
    DataDigest: 'None',
    InitialR2T: 'Yes',
    ImmediateData: 'Yes',
    MaxBurstLength: '262144',
    FirstBurstLength: String(defaults.firstBurst),
    MaxRecvDataSegmentLength: String(defaults.unitBytes),
    MaxOutstandingR2T: '1',
    MaxConnections: '1',
    ErrorRecoveryLevel: '0',
    DefaultTime2Wait: '2',
    DefaultTime2Retain: '0',
    DataPDUInOrder: 'Yes',
    DataSequenceInOrder: 'Yes',
  });
  return negotiated(told);
}

function answerOf(challenge: Texts, { user, secret }: Account): Texts {
  const { CHAP_A: algorithm, CHAP_I: id, CHAP_C: text } = challenge;
  if (algorithm !== md5 || id === undefined || text === undefined) {
    throw new LoginRefused('the target gives no challenge of CHAP with MD5');
  }
  const digest = createHash('md5')
    .update(Buffer.from([Number(id)]))
    .update(secret)
    .update(binaryOf(text))
    .digest('hex');
  return { CHAP_N: user, CHAP_R: `0x${digest}` };
}

const binaryOf = (text: string): Buffer =>
  /^0b/i.test(text) ? Buffer.from(text.slice(2), 'base64') : Buffer.from(text.slice(2), 'hex');

/** Sizes that make no sense count as not told. */
function negotiated(told: Texts): Negotiated {
  const size = (name: string, otherwise: number): number => {
    const value = Number(told[name] ?? otherwise);
    return Number.isInteger(value) && value >= 512 ? value : otherwise;
  };
  const unitBytes = size('MaxRecvDataSegmentLength', defaults.unitBytes);
  const firstBurst = Math.min(size('FirstBurstLength', defaults.firstBurst), defaults.firstBurst);
  return {
    unitBytes,
    immediateBytes: told['ImmediateData'] === 'Yes' ? Math.min(unitBytes, firstBurst) : 0,
  };
}

/** The questions and answers of a log-in. */
class Talk {
  constructor(private readonly connection: Connection) {}

  /** Asks in a stage, to go on to `next` from it; all that the target has told until it agrees. */
  async ask(stage: number, next: number | undefined, texts: Texts): Promise<Texts> {
    let told: Texts = {};
    let asked = texts;
    for (let round = 0; round < mostRounds; round += 1) {
      const answer = await this.askOnce(stage, next, asked);
      told = { ...told, ...answer.texts };
      if (!answer.isContinued && (next === undefined || answer.goesOn)) {
        return told;
      }
      asked = {};
    }
    throw new Error('the target does not come to the end of the log-in');
  }

  private async askOnce(stage: number, next: number | undefined, texts: Texts) {
    const text = Buffer.from(
      Object.entries(texts)
        .map(([name, value]) => `${name}=${value}\0`)
        .join(''),
    );
    const flags = (next === undefined ? 0 : final | next) | (stage << 2);
    const header = headerOf(opcodes.login | immediate, flags, text.length);
    // The session's own part of its name, of the random kind; there is one session for each writer.
    header.set([0x80, 0, 0, 0, 0, 1], 8);
    header.writeUInt32BE(0, at.task);
    this.connection.send(header, text, Buffer.alloc(padded(text.length) - text.length));
    const answer = await this.connection.receive(0);
    if (opcodeOf(answer) !== opcodes.loginResponse) {
      throw new Error('the target does not answer the log-in');
    }
    refuse(answer.header.readUInt16BE(36));
    const told = answer.header.readUInt8(at.flags);
    return {
      texts: textsOf(answer.data),
      isContinued: (told & 0x40) !== 0,
      goesOn: (told & final) !== 0,
    };
  }
}

const statuses: Readonly<Record<number, string>> = {
  0x0201: 'Authentication failure',
  0x0202: 'Authorization failure',
  0x0203: 'Target not found',
};

/** By status class and detail. */
function refuse(status: number): void {
  if (status !== 0) {
    const words = `Failed to log in to target. Status: ${statuses[status] ?? 'refused'}(${status})`;
    throw statuses[status] === undefined ? new Error(words) : new LoginRefused(words);
  }
}

const textsOf = (data: Buffer): Texts =>
  Object.fromEntries(
    data
      .toString('utf8')
      .split('\0')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
