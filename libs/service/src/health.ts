import fastify, { type FastifyInstance } from 'fastify';

type Condition = () => boolean | Promise<boolean>;

/** Answers `/healthz` (alive) and `/readyz` (can work: every condition holds, else 503 and which do not). */
export class Health {
  private readonly conditions = new Map<string, Condition>();
  private readonly server: FastifyInstance = fastify({ logger: false });
  private stopping = false;

  constructor() {
    this.server.get('/healthz', () => ({ status: 'alive' }));
    this.server.get('/readyz', async (_request, reply) => {
      const failing = await this.failing();
      return reply
        .code(failing.length === 0 ? 200 : 503)
        .send({ status: failing.length === 0 ? 'ready' : 'not ready', failing });
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
