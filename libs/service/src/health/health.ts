import type { Unhandled } from '@metalcast/log';
import fastify, { type FastifyInstance } from 'fastify';
import { Connections } from '../http/connections.js';
import { createListener } from '../http/listener.js';
import { withoutSchemas } from '../http/without-schemas.js';
import { Indicators, type Indicated, type Indicator } from './indicators.js';

const bodyLimit = 1024;
const requestTimeoutMs = 10_000;
const mostConnections = 100;
/** Some indicators query the database: within this time all requests get the same answer. */
const defaultMemoryMs = 1000;

/** The form of Nest's Terminus (docs/decisions/0022-nest.md), with the number of uncaught errors since the start. */
interface HealthReport {
  readonly status: 'ok' | 'error' | 'shutting_down';
  /** What is up, what is down, and both. */
  readonly info: Readonly<Record<string, Indicated>>;
  readonly error: Readonly<Record<string, Indicated>>;
  readonly details: Readonly<Record<string, Indicated>>;
  /** Any number but 0 is a bug to report. */
  readonly unhandled: Unhandled['counts'];
}

/** Answers `/healthz` (alive) and `/readyz` (ready: every indicator is up; else 503). */
export class Health {
  private readonly indicators: Indicators;
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

  constructor(
    private readonly unhandled: Unhandled,
    memoryMs = defaultMemoryMs,
  ) {
    this.indicators = new Indicators(memoryMs);
    this.server.get('/healthz', () => this.report('ok', []));
    this.server.get('/readyz', async (_request, reply) => {
      const report = await this.readiness();
      return reply.code(report.status === 'ok' ? 200 : 503).send(report);
    });
  }

  /** Adds an indicator of readiness; one that throws is down. */
  check(name: string, indicator: Indicator): void {
    this.indicators.add(name, indicator);
  }

  /** Remembered answers may be wrong now. */
  changed(): void {
    this.indicators.changed();
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

  private async readiness(): Promise<HealthReport> {
    const answers = await this.indicators.ask();
    if (this.stopping) {
      return this.report('shutting_down', answers);
    }
    return this.report(
      answers.every(([, { status }]) => status === 'up') ? 'ok' : 'error',
      answers,
    );
  }

  private report(
    status: HealthReport['status'],
    answers: readonly [string, Indicated][],
  ): HealthReport {
    const those = (wanted: Indicated['status']) =>
      Object.fromEntries(answers.filter(([, { status: found }]) => found === wanted));
    return {
      status,
      info: those('up'),
      error: those('down'),
      details: Object.fromEntries(answers),
      unhandled: this.unhandled.counts,
    };
  }
}
