import { waitFor, type Broker } from '@metalcast/rig';
import type { BrokerPermissions } from '@metalcast/rpc/permissions';

/** A client of RabbitMQ's management API. */
export class Management {
  private readonly base: string;
  private readonly authorization: string;

  constructor({ user, password, ports }: Pick<Broker, 'user' | 'password' | 'ports'>) {
    this.base = `http://127.0.0.1:${ports.management}/api`;
    this.authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  }

  /** Its answer as JSON, undefined when it has no body. Throws on any status but 2xx. */
  async request(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: { authorization: this.authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`RabbitMQ: ${method} ${path}: ${response.status} ${text}`);
    }
    return text === '' ? undefined : JSON.parse(text);
  }

  /** The broker answers AMQP a little before its API does. */
  async ready(): Promise<void> {
    const what = "RabbitMQ's management API";
    await waitFor(async () => (await this.request('GET', '/whoami')) !== undefined, {
      timeoutMs: 30_000,
      what,
    });
  }

  async makeVhost(vhost: string, user: string): Promise<void> {
    await this.request('PUT', `/vhosts/${vhost}`, {});
    const all = { configure: '.*', write: '.*', read: '.*' };
    await this.request('PUT', `/permissions/${vhost}/${user}`, all);
  }

  /** Without any rights yet; repeatable. */
  async makeUser(user: string, password: string): Promise<void> {
    await this.request('PUT', `/users/${user}`, { password, tags: '' });
  }

  async permit(vhost: string, user: string, { topics, ...rest }: BrokerPermissions): Promise<void> {
    await this.request('PUT', `/permissions/${vhost}/${user}`, rest);
    for (const topic of topics) {
      await this.request('PUT', `/topic-permissions/${vhost}/${user}`, topic);
    }
  }

  async removeVhost(vhost: string): Promise<void> {
    const vhosts = (await this.request('GET', '/vhosts')) as { name: string }[];
    if (vhosts.some(({ name }) => name === vhost)) {
      await this.request('DELETE', `/vhosts/${vhost}`);
    }
  }
}
