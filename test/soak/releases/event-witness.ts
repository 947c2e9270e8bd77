import { cloudEvent } from '@metalcast/contracts';
import type { Cloud } from '@metalcast/simulated-cloud';
import { connect, type ChannelModel } from 'amqplib';

interface Recorded {
  readonly id: string;
  readonly type: string;
}

/** Compares the events that the broker delivers with those in the database, from now on. */
export class EventWitness {
  private readonly ids = new Set<string>();

  private before = 0n;

  private constructor(
    private readonly cloud: Cloud,
    private readonly connection: ChannelModel,
  ) {}

  static async open(cloud: Cloud): Promise<EventWitness> {
    const witness = new EventWitness(cloud, await connect(cloud.brokerUrl));
    await witness.listen();
    const [last] = await cloud.database.sql.$queryRaw<{ seq: bigint }[]>`
      SELECT coalesce(max(seq), 0) AS seq FROM events`;
    witness.before = last?.seq ?? 0n;
    return witness;
  }

  /** Events in the database that have not been delivered. */
  async unheard(): Promise<Recorded[]> {
    const recorded = await this.cloud.database.sql.$queryRaw<Recorded[]>`
      SELECT id::text, type FROM events WHERE seq > ${this.before}`;
    return recorded.filter(({ id }) => !this.ids.has(id));
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async listen(): Promise<void> {
    const channel = await this.connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, 'metalcast.events', '#');
    await channel.consume(
      queue,
      (message) => {
        if (message !== null) {
          this.ids.add(cloudEvent.parse(JSON.parse(message.content.toString())).id);
        }
      },
      { noAck: true },
    );
  }
}
