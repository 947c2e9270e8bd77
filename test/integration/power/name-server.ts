import { createSocket } from 'node:dgram';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

const codes = { unknown: 3, failing: 2, refusing: 5 } as const;
const codeOf: Readonly<Record<string, number>> = codes;
/** `silent`: no answer; `127.0.0.1`: every name stands for it. */
export type Mood = keyof typeof codes | 'silent' | '127.0.0.1';

export interface NameServer {
  mood: Mood;
  readonly questions: () => number;
  close(): Promise<void>;
}

/**
 * A DNS server, asked by the programs that this process starts, as long as it is open: each of them sees a resolv.conf
 * and an empty hosts file of its own, in a mount namespace: there even localhost is what DNS says.
 */
export async function startNameServer(mood: Mood): Promise<NameServer> {
  const folder = mkdtempSync(join(tmpdir(), 'names-'));
  const socket = createSocket('udp4');
  let questions = 0;
  const server: NameServer = {
    mood,
    questions: () => questions,
    close: async () => {
      vi.unstubAllEnvs();
      process.execPath = node;
      rmSync(folder, { recursive: true });
      await new Promise<void>((resolve) => socket.close(resolve));
    },
  };
  socket.on('message', (question, { port, address }) => {
    questions += 1;
    const answer = answerTo(question, server.mood);
    if (answer !== undefined) {
      socket.send(answer, port, address);
    }
  });
  // resolv.conf has no word for a port, so the address is one that no other test has.
  const address = `127.53.${anyByte()}.${anyByte()}`;
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject).bind(53, address, resolve);
  });
  writeFileSync(join(folder, 'hosts'), '');
  writeFileSync(
    join(folder, 'resolv.conf'),
    `nameserver ${address}\noptions timeout:1 attempts:1\n`,
  );
  const node = process.execPath;
  wrap(folder, 'getent', '/usr/bin/getent');
  wrap(folder, 'node', node);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
  process.execPath = join(folder, 'node');
  return server;
}

const anyByte = (): number => 1 + Math.floor(Math.random() * 254);

function wrap(folder: string, name: string, program: string): void {
  const file = join(folder, name);
  const mounts = ['resolv.conf', 'hosts'].map((one) => `mount --bind ${folder}/${one} /etc/${one}`);
  const inside = [...mounts, `exec ${program} "$@"`].join(' && ');
  writeFileSync(file, `#!/bin/sh\nexec unshare --mount sh -c '${inside}' sh "$@"\n`);
  chmodSync(file, 0o755);
}

const headerBytes = 12;
const typeA = 1;

/** The question again, with the code of the mood, or with one address where an IPv4 address is asked for. */
function answerTo(question: Buffer, mood: Mood): Buffer | undefined {
  if (mood === 'silent') {
    return undefined;
  }
  const end = endOfQuestion(question);
  const isAsked = question.readUInt16BE(end - 4) === typeA;
  const record = mood in codes || !isAsked ? Buffer.alloc(0) : addressRecord(mood);
  const answer = Buffer.concat([question.subarray(0, end), record]);
  answer[2] = 0x81;
  answer[3] = 0x80 | (codeOf[mood] ?? 0);
  answer.writeUInt16BE(record.length > 0 ? 1 : 0, 6);
  answer.writeUInt32BE(0, 8);
  return answer;
}

function endOfQuestion(message: Buffer): number {
  let at = headerBytes;
  while (message[at] !== 0) {
    at += (message[at] ?? 0) + 1;
  }
  return at + 5;
}

/** For the name of the question; type A, class IN, for no time, four bytes. */
const addressRecord = (address: string): Buffer =>
  Buffer.from([
    ...[0xc0, headerBytes, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4],
    ...address.split('.').map(Number),
  ]);
