// What RabbitMQ was sent and has delivered, by its management API, whose figures are up to five seconds old.
import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '@metalcast/rig';

const settledMs = 6000;

export class Messages {
  constructor({ user, password }, port) {
    this.url = `http://127.0.0.1:${port}/api/overview`;
    this.authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  }

  /** Counters since the broker's start, read when they no longer change. */
  async read() {
    let before = '';
    const settled = async () => {
      await pause(settledMs);
      const counters = await this.now();
      const same = JSON.stringify(counters) === before;
      before = JSON.stringify(counters);
      return same && counters;
    };
    return waitFor(settled, { timeoutMs: 120_000, what: "the broker's counters to settle" });
  }

  async now() {
    const response = await fetch(this.url, { headers: { authorization: this.authorization } });
    const { message_stats: stats = {} } = await response.json();
    return { published: stats.publish ?? 0, delivered: stats.deliver_get ?? 0 };
  }
}
