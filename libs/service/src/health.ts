import type { Unhandled } from '@metalcast/log';
import fastify, { type FastifyInstance } from 'fastify';

type Condition = () => boolean | Promise<boolean>;

const bodyLimit = 1024;
const requestTimeoutMs = 10_000;
const mostConnections = 100;

/**
 * Answers `/healthz` (alive) and `/readyz` (can work: every condition holds, else 503 and which do not). Both tell
 * how many errors nobody has caught since the process was started (`unhandled`): anything but 0 is a bug to report.
 */
export class Health {
  private readonly conditions = new Map<string, Condition>();
  private readonly server: FastifyInstance = fastify({
    logger: false,
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: requestTimeoutMs,
    forceCloseConnections: true,
  });
  private stopping = false;

  constructor(private readonly unhandled: Unhandled) {
    this.server.server.maxConnections = mostConnections;
    this.server.get('/healthz', () => ({ status: 'alive', unhandled: this.unhandled.counts }));
    this.server.get('/readyz', async (_request, reply) => {
      const failing = await this.failing();
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
      [...this.conditions].map(async ([name, condition]) => {
        const holds = await Promise.resolve()
          .then(condition)
          .catch(() => false);
        return holds ? [] : [name];
      }),
    );
    return [...results.flat(), ...(this.stopping ? ['stopping'] : [])];
  }
}
