// A cloud of two hosts: the first has the old release, the second this one. Database and broker are this release's, as
// the upgrade page leads there.
import { serviceNames } from '@metalcast/domain';
import { Cloud, secondName, type ProcessName } from '@metalcast/simulated-cloud';
import { expect } from 'vitest';
import { oldCheckout } from './built-checkout.js';
import { EventWitness } from './event-witness.js';
import { thisCheckout } from './old-release.js';
import { runningCheckouts } from './running-checkouts.js';
import { tracesOf, type Traces } from './traces.js';
import { Operator, preparations } from './upgrade-page.js';
import { wholeLife, type Apis } from './whole-life.js';

export class TwoReleases {
  static readonly processes: readonly ProcessName[] = serviceNames.flatMap((name) => [
    name,
    secondName(name),
  ]);

  private constructor(
    readonly cloud: Cloud,
    private readonly apis: Apis,
    private readonly witness: EventWitness,
    private readonly old: string,
  ) {}

  static async start(nodes: number): Promise<TwoReleases> {
    const old = await oldCheckout();
    const checkouts = { '/opt/metalcast-0.1.0': old, '/opt/metalcast-0.2.0': thisCheckout };
    const cloud = await Cloud.start({
      nodes,
      checkout: old,
      secondHost: thisCheckout,
      prepare: async (context) => {
        const restart = (): Promise<never> => Promise.reject(new Error('no service runs yet'));
        const operator = new Operator({ context, checkouts, restart });
        for (const command of preparations()) {
          await operator.perform(command);
        }
        return {};
      },
    });
    try {
      const witness = await EventWitness.open(cloud);
      return new TwoReleases(cloud, [cloud, await cloud.throughSecondApi()], witness, old);
    } catch (error) {
      await cloud.close();
      throw error;
    }
  }

  /** Requests servers, by the two apis in turn; returns their ids. */
  request(count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, (_, index) => this.apisOf(index)[0].build()));
  }

  /** Throws unless each service runs from both checkouts. */
  async expectBothRun(): Promise<void> {
    const running = await runningCheckouts(this.cloud, TwoReleases.processes);
    expect(running).toEqual(serviceNames.flatMap(() => [this.old, thisCheckout]));
  }

  /** The whole lives of requested servers. After their builds they wait until `steady`. */
  async live(ids: readonly string[], steady?: Promise<unknown>): Promise<void> {
    await Promise.all([
      steady,
      ...ids.map((id, index) => wholeLife(this.apisOf(index), id, steady)),
    ]);
  }

  traces(): Promise<Traces> {
    return tracesOf(this.cloud, TwoReleases.processes, this.witness);
  }

  async close(): Promise<void> {
    await this.witness.close();
    await this.cloud.close();
  }

  private apisOf(index: number): Apis {
    const [old, present] = this.apis;
    return index % 2 === 0 ? [old, present] : [present, old];
  }
}
