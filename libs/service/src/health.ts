import type { Unhandled } from '@metalcast/log';
import fastify, { type FastifyInstance } from 'fastify';
import { Connections } from './connections.js';
import { createListener } from './listener.js';
import { withoutSchemas } from './without-schemas.js';

type Condition = () => boolean | Promise<boolean>;

/** A question that takes its time. `at`: when it was answered, on the monotonic clock. */
interface Asked {
  at: number;
  readonly holds: Promise<boolean>;
}

const bodyLimit = 1024;
const requestTimeoutMs = 10_000;
const mostConnections = 100;
/** Some conditions ask the database: whoever asks without pause gets the same answer for so long. */
const defaultMemoryMs = 1000;

/**
 * Answers `/healthz` (alive) and `/readyz` (can work: every condition holds, else 503 and which do not). Both tell
 * how many errors nobody has caught since the process was started (`unhandled`): anything but 0 is a bug to report.
 */
export class Health {
  private readonly conditions = new Map<string, Condition>();
  private readonly server: FastifyInstance = fastify({
    logger: false,
    schemaController: withoutSchemas,
    bodyLimit,
    forceCloseConnections: true,
    serverFactory: (handler) => {
      const connections = new Connections(mostConnections);
      const server = createListener(handler, { connections, headersMs: requestTimeoutMs });
      server.requestTimeout = requestTimeoutMs;
      server.setTimeout(requestTimeoutMs);
      return server;
    },
  });
  private stopping = false;
  private readonly asked = new Map<string, Asked>();

  constructor(
    private readonly unhandled: Unhandled,
    private readonly memoryMs = defaultMemoryMs,
  ) {
    this.server.get('/healthz', () => ({ status: 'alive', unhandled: this.unhandled.counts }));
    this.server.get('/readyz', async (_request, reply) => {
      const failing = [...(await this.failing()), ...(this.stopping ? ['stopping'] : [])];
      return reply.code(failing.length === 0 ? 200 : 503).send({
        status: failing.length === 0 ? 'ready' : 'not ready',
        failing,
        unhandled: this.unhandled.counts,
      });
    });
  }

  /** Adds a readiness condition; one that throws counts as failing. */
  check(name: string, condition: Condition): void {
    this.conditions.set(name, condition);
    this.changed();
  }

  /** What was answered before need not hold any more. */
  changed(): void {
    this.asked.clear();
  }

  /** From now on not ready, so that nobody sends more work. */
  markStopping(): void {
    this.stopping = true;
  }

  /** Listens and tells the URL. */
  async listen(host: string, port: number): Promise<string> {
    return this.server.listen({ host, port });
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  private async failing(): Promise<string[]> {
    const results = await Promise.all(
      [...this.conditions].map(async ([name, condition]) =>
        (await this.holds(name, condition)) ? [] : [name],
      ),
    );
    return results.flat();
  }

  /** Never rejects. What is known at once is not remembered: it costs nothing to look again. */
  private holds(name: string, condition: Condition): boolean | Promise<boolean> {
    const asked = this.asked.get(name);
    if (asked !== undefined && performance.now() < asked.at + this.memoryMs) {
      return asked.holds;
    }
    try {
      const answer = condition();
      return typeof answer === 'boolean' ? answer : this.remember(name, answer);
    } catch {
      return false;
    }
  }

  /** One question at a time for all who ask, and its answer for those who ask soon after. */
  private remember(name: string, answer: Promise<boolean>): Promise<boolean> {
    const holds = answer
      .catch(() => false)
      .finally(() => {
        question.at = performance.now();
      });
    const question: Asked = { at: Infinity, holds };
    this.asked.set(name, question);
    return holds;
  }
}
