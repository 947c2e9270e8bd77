/** A Python process that speaks oslo.messaging as Debian packages it: JSON lines in, JSON lines out. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const python = '/usr/bin/python3';

export interface PeerOptions {
  readonly url: string;
  readonly queues: 'transient' | 'durable' | 'quorum';
}

type Line = Readonly<Record<string, unknown>>;

export interface OsloPeer {
  /** Sends a command and waits for the next line. */
  ask(command: object): Promise<Line>;
  /** The next line. */
  heard(): Promise<Line>;
  close(): Promise<void>;
}

/** Nothing is skipped: without the package the suite fails and says so. */
export function requireOslo(): void {
  const probe = spawnSync(python, ['-c', 'import oslo_messaging'], { encoding: 'utf8' });
  if (probe.status === 0) return;
  throw new Error(
    'these tests need the Debian package python3-oslo.messaging (apt-get install it)',
  );
}

export async function startPeer(
  role: 'client' | 'server' | 'listener',
  { url, queues }: PeerOptions,
  ...rest: string[]
): Promise<OsloPeer> {
  const script = fileURLToPath(new URL(`oslo_${role}.py`, import.meta.url));
  const transportUrl = url.replace('amqp:', 'rabbit:');
  const child = spawn(python, ['-B', script, transportUrl, 'nova', queues, ...rest], {
    env: { PATH: process.env['PATH'], PYTHONWARNINGS: 'ignore' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const heard = async () => {
    const next = await lines.next();
    if (next.done === true) throw new Error(`the python ${role} ended: ${complaints.slice(-2000)}`);
    return JSON.parse(next.value) as Line;
  };
  await heard();
  return {
    heard,
    ask: (command) => {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      return heard();
    },
    close: async () => {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      // Not asked to end in order: that takes it seconds, and its vhost goes with the test.
      child.kill('SIGTERM');
      await exited;
    },
  };
}
