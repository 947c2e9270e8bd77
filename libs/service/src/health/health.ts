import type { Unhandled } from '@metalcast/log';
import fastify, { type FastifyInstance } from 'fastify';
import { Connections } from '../http/connections.js';
import { createListener } from '../http/listener.js';
import { withoutSchemas } from '../http/without-schemas.js';

type Condition = () => boolean | Promise<boolean>;

/** The answer of a slow condition. `at`: when it was answered, in monotonic time. */
interface Asked {
  at: number;
  readonly holds: Promise<boolean>;
}

const bodyLimit = 1024;
const requestTimeoutMs = 10_000;
const mostConnections = 100;
/** Some conditions query the database: within this time all requests get the same answer. */
const defaultMemoryMs = 1000;

/**
 * Answers `/healthz` (alive) and `/readyz` (ready: every condition holds; else 503 with the failing ones). Both report
 * the number of uncaught errors since the start of the process (`unhandled`): any number but 0 is a bug to report.
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

  /** Remembered answers may be wrong now. */
  changed(): void {
    this.asked.clear();
  }

  /** From now on the service is not ready, so that it gets no more work. */
  markStopping(): void {
    this.stopping = true;
  }

  /** Listens and returns the URL. */
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

  /** Never rejects. An answer without a query is not remembered, because it costs nothing. */
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

  /** All requests share one query at a time, and its answer for a short time after. */
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
