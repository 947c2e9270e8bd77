import { request, type Answer, type ApiProcess } from './api-process.js';

let enrolled = 0;

/** A simulated BMC that nobody else has. */
export const aBmc = (): { driver: string; address: string } => {
  enrolled += 1;
  return { driver: 'fake', address: `http://127.0.0.1:1/bmc/${enrolled}` };
};

const least = { cpus: 2, memory_mb: 2048, local_gb: 10 };

/** What an administrator does with nodes. */
export class NodeRequests {
  constructor(private readonly api: ApiProcess) {}

  enrol(node: object = {}): Promise<Answer> {
    return this.send('POST', '', { node: { ...least, power: aBmc(), ...node } });
  }

  change(uuid: string, node: object): Promise<Answer> {
    return this.send('PATCH', `/${uuid}`, { node });
  }

  remove(uuid: string): Promise<Answer> {
    return this.send('DELETE', `/${uuid}`);
  }

  addInterface(uuid: string, address: string): Promise<Answer> {
    return this.send('POST', `/${uuid}/interfaces`, { interface: { address } });
  }

  removeInterface(key: string, address: string): Promise<Answer> {
    return this.send('DELETE', `/${key}/interfaces/${address}`);
  }

  show(key: string): Promise<Answer> {
    return this.send('GET', `/${key}`);
  }

  /** By uuid or name. */
  setPower(key: string, target: string): Promise<Answer> {
    return this.send('POST', `/${key}/power`, { target });
  }

  /** What is shown of its power. */
  async powerOf(key: string): Promise<object> {
    const { body } = await this.show(key);
    return (body as unknown as { node: { power: object } }).node.power;
  }

  powerCommand(key: string, command: string): Promise<Answer> {
    return this.send('GET', `/${key}/power/commands/${command}`);
  }

  private send(method: string, path: string, body?: object): Promise<Answer> {
    const { url, admin: token } = this.api;
    return request(`${url}/metalcast/v1/nodes${path}`, method, {
      token,
      ...(body === undefined ? {} : { body }),
    });
  }
}

export const uuidOf = ({ body }: Answer): string =>
  (body as unknown as { node: { uuid: string } }).node.uuid;
