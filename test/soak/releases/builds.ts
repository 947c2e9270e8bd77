import { statesUnderWay } from '@metalcast/domain';
import type { Cloud } from '@metalcast/simulated-cloud';
import { waitFor } from '@metalcast/testing';
import { active } from './whole-life.js';

const patient = { timeoutMs: 240_000, everyMs: 100 };

/** Builds and deletes servers, one after another on each line, until stopped. A line ends at its first fault. */
export class Builds {
  private readonly faults: unknown[] = [];
  private readonly begun: number[] = [];
  private readonly lines: readonly Promise<void>[];
  private stopping = false;

  constructor(
    private readonly cloud: Cloud,
    count: number,
  ) {
    this.lines = Array.from({ length: count }, () =>
      this.line().catch((fault: unknown) => {
        this.faults.push(fault);
      }),
    );
  }

  /** Throws the first fault. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.lines);
    this.throwFault();
  }

  /** Waits until a server is being built. */
  async underWay(): Promise<void> {
    const where = { kind: 'build', state: { in: [...statesUnderWay] } };
    const { operation } = this.cloud.database.prisma;
    const isBuilding = async (): Promise<boolean> => (await operation.count({ where })) > 0;
    await this.until(isBuilding, 'a build to be under way');
  }

  /** Waits until a number of servers were requested after now, built and deleted; default: one on each line. */
  async fromNowOn(wanted = this.lines.length): Promise<void> {
    const now = performance.now();
    const isDone = (): boolean => this.begun.filter((at) => at > now).length >= wanted;
    await this.until(isDone, 'servers to be built and deleted');
  }

  private async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    await waitFor(async () => this.faults.length > 0 || (await condition()), { ...patient, what });
    this.throwFault();
  }

  private throwFault(): void {
    if (this.faults.length > 0) {
      throw new Error('a line of builds has ended', { cause: this.faults[0] });
    }
  }

  private async line(): Promise<void> {
    while (!this.stopping) {
      const begun = performance.now();
      const id = await accepted(() => this.cloud.build());
      await active(this.cloud, id);
      await accepted(() => this.cloud.delete(id));
      await this.cloud.deleted(id, patient.timeoutMs);
      this.begun.push(begun);
    }
  }
}

/** Asks again while the api is being replaced. */
async function accepted<T>(request: () => Promise<T>): Promise<T> {
  const answer = await waitFor(async () => [await request()], {
    ...{ timeoutMs: 60_000, everyMs: 250 },
    what: 'the api to accept a request',
  });
  return answer[0] as T;
}
