// The deploy ramdisk's side of its protocol, played against real helpers with a real iSCSI target.
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { TargetDaemon, type Target } from './target-daemon.js';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

interface AgentOptions {
  readonly helpers: readonly string[];
  readonly node: string;
  readonly epoch: number;
  readonly bootTry: number;
  readonly token: string;
  readonly diskFile: string;
  readonly diskBytes: number;
}

/** What a test changes of the agent's behaviour. */
export interface Mischief {
  readonly zeroed?: 0 | 1;
  readonly wrongSecret?: boolean;
  /** Called when the disk is served, before `ready` is said. */
  readonly onServed?: (attempt: number, daemon: TargetDaemon) => void;
  /** Called before the disk is read back. */
  readonly onVerify?: () => void;
  /** Said with its last word. */
  readonly lastEvidence?: string;
}

export class ScriptedAgent {
  readonly commands: Record<string, unknown>[] = [];
  readonly targets: Target[] = [];
  readonly portals: string[] = [];
  readonly secrets: string[] = [];
  private helpers: string[];
  private session = '';
  private daemon: TargetDaemon | undefined;
  private stopping = false;

  constructor(
    private readonly options: AgentOptions,
    private readonly mischief: Mischief = {},
  ) {
    this.helpers = [...options.helpers];
    this.emptyDisk();
  }

  get who(): { node: string; epoch: number } {
    return { node: this.options.node, epoch: this.options.epoch };
  }

  helloBody(changes: object = {}): object {
    const { bootTry, token, diskBytes } = this.options;
    return {
      ...this.who,
      boot_try: bootTry,
      token,
      nonce: randomBytes(16).toString('hex'),
      macs: ['52:54:00:00:00:01'],
      disks: [{ name: 'vda', size: diskBytes, serial: 'S1' }],
      cpus: 1,
      firmware: 'bios',
      ...changes,
    };
  }

  /** Other helpers from now on. */
  turnTo(helpers: readonly string[]): void {
    this.helpers = [...helpers];
  }

  async hello(body = this.helloBody()): Promise<Answer> {
    const answer = await this.call('POST', '/v1/agent/hello', body);
    if (typeof answer.body['session'] === 'string') {
      this.session = answer.body['session'];
      this.secrets.push(this.session);
    }
    return answer;
  }

  /** Obeys until a command ends it; returns that one. */
  async obey(): Promise<Record<string, unknown>> {
    try {
      return await this.obeyAll();
    } catch (error) {
      if (this.isStopping()) {
        return { command: 'stopped' };
      }
      throw error;
    }
  }

  private async obeyAll(): Promise<Record<string, unknown>> {
    while (!this.isStopping()) {
      const { status, body } = await this.next();
      if (this.isStopping() || status !== 200) {
        return body;
      }
      if (this.commands.at(-1)?.['command'] !== body['command'] || body['command'] !== 'wait') {
        this.commands.push(body);
      }
      switch (body['command']) {
        case 'target':
          await this.serve(body);
          break;
        case 'verify':
          await this.verify(body);
          break;
        case 'reboot':
          await this.close();
          await this.report({
            attempt: body['attempt'],
            step: 'leaving',
            evidence: this.mischief.lastEvidence,
          });
          return body;
        case 'abort':
        case 'poweroff':
          await this.close();
          return body;
      }
    }
    return { command: 'stopped' };
  }

  next(): Promise<Answer> {
    const { node, epoch } = this.who;
    return this.call('GET', `/v1/agent/next?node=${node}&epoch=${epoch}&state=idle&attempt=0`);
  }

  report(report: object): Promise<Answer> {
    return this.call('POST', '/v1/agent/report', { ...this.who, ...report });
  }

  ready(ready: object): Promise<Answer> {
    return this.call('POST', '/v1/agent/ready', { ...this.who, ...ready });
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.close();
  }

  /** It may change while an answer is awaited. */
  private isStopping(): boolean {
    return this.stopping;
  }

  /** Any helper can answer; one that is gone is left for the next. */
  async call(method: string, path: string, body?: object, headers = {}): Promise<Answer> {
    for (let tries = 0; ; tries += 1) {
      try {
        const response = await fetch(`${this.helpers[0] ?? ''}${path}`, {
          method,
          headers: {
            ...(this.session === '' ? {} : { authorization: `Bearer ${this.session}` }),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        const json = text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : { text };
        return { status: response.status, body: json };
      } catch (error) {
        if (this.isStopping() || tries >= this.helpers.length * 3) {
          throw error;
        }
        this.helpers = [...this.helpers.slice(1), ...this.helpers.slice(0, 1)];
      }
    }
  }

  private async serve(command: Record<string, unknown>): Promise<void> {
    await this.close();
    this.emptyDisk();
    const target = {
      iqn: String(command['iqn']),
      chapUser: String(command['chap_user']),
      chapSecret: String(command['chap_secret']),
    };
    this.targets.push(target);
    this.secrets.push(target.chapSecret);
    const served = this.mischief.wrongSecret ? { ...target, chapSecret: 'another-secret' } : target;
    const daemon = await TargetDaemon.serve(this.options.diskFile, served);
    this.daemon = daemon;
    if (this.isStopping()) {
      // It was stopped before there was a daemon to end.
      await this.close();
      return;
    }
    this.portals.push(`127.0.0.1:${daemon.port}`);
    this.mischief.onServed?.(Number(command['attempt']), daemon);
    const ready = { portal: '127.0.0.1', port: daemon.port, lun: 1, iqn: target.iqn };
    await this.ready({ attempt: command['attempt'], ...ready, zeroed: this.mischief.zeroed ?? 1 });
  }

  private async verify(command: Record<string, unknown>): Promise<void> {
    await this.close();
    this.mischief.onVerify?.();
    const { sha256, bytes } = this.digest(String(command['extents']));
    await this.report({ attempt: command['attempt'], step: 'verify', sha256, bytes });
  }

  private digest(extents: string): { sha256: string; bytes: number } {
    const hash = createHash('sha256');
    const disk = openSync(this.options.diskFile, 'r');
    let bytes = 0;
    for (const extent of extents.split(' ')) {
      const [offset = 0, length = 0] = extent.split(':').map(Number);
      const part = Buffer.alloc(length);
      readSync(disk, part, 0, length, offset);
      hash.update(part);
      bytes += length;
    }
    closeSync(disk);
    return { sha256: hash.digest('hex'), bytes };
  }

  /** A discard that leaves zeros; without it the disk keeps what the last tenant wrote. */
  private emptyDisk(): void {
    if ((this.mischief.zeroed ?? 1) === 1) {
      const disk = openSync(this.options.diskFile, 'w');
      ftruncateSync(disk, this.options.diskBytes);
      closeSync(disk);
    }
  }

  private async close(): Promise<void> {
    await this.daemon?.kill();
    this.daemon = undefined;
  }
}
