import { cloudEvent } from '@metalcast/contracts';
import { connect, type ChannelModel } from 'amqplib';

/** Notes the ids of all events that are published from now on. */
export class EventWitness {
  private readonly ids = new Set<string>();

  private constructor(private readonly connection: ChannelModel) {}

  static async open(brokerUrl: string): Promise<EventWitness> {
    const witness = new EventWitness(await connect(brokerUrl));
    await witness.listen();
    return witness;
  }

  saw(id: string): boolean {
    return this.ids.has(id);
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
