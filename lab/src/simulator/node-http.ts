import { createHash } from 'node:crypto';
import { Agent, request, type IncomingMessage } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 20_000;

/** HTTP requests from a node's own address, while its power is on. */
export class NodeHttp {
  private readonly agent: Agent;

  constructor(
    address: string,
    private readonly signal: AbortSignal,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: 4, localAddress: address });
    signal.addEventListener('abort', () => {
      this.agent.destroy();
    });
  }

  /** Rejects when no complete answer arrives in time. */
  async ask(url: string, request: HttpRequest = {}): Promise<HttpAnswer> {
    const answer = await this.send(url, request);
    const parts: Buffer[] = [];
    for await (const part of answer) {
      parts.push(part as Buffer);
    }
    return { status: answer.statusCode ?? 0, body: Buffer.concat(parts) };
  }

  /** Downloads and keeps only size and hash. */
  async fetch(url: string): Promise<{ status: number; bytes: number; sha256: string }> {
    const answer = await this.send(url, {});
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const part of answer) {
      hash.update(part as Buffer);
      bytes += (part as Buffer).length;
    }
    return { status: answer.statusCode ?? 0, bytes, sha256: hash.digest('hex') };
  }

  private send(url: string, options: HttpRequest): Promise<IncomingMessage> {
    const { method = 'GET', headers = {}, body, timeoutMs = defaultTimeoutMs } = options;
    const { agent, signal } = this;
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, agent, headers, signal }, resolve);
      sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`no answer from ${url}`)));
      sent.once('error', reject);
      sent.end(body);
    });
  }
}
