import { request, type Answer, type ApiProcess } from './api-process.js';

const least = {
  cpus: 2,
  memory_mb: 2048,
  local_gb: 10,
  power: { driver: 'fake', address: 'http://127.0.0.1:1' },
};

/** What an administrator does with nodes. */
export class NodeRequests {
  constructor(private readonly api: ApiProcess) {}

  enrol(node: object = {}): Promise<Answer> {
    return this.send('POST', '', { node: { ...least, ...node } });
  }

  remove(uuid: string): Promise<Answer> {
    return this.send('DELETE', `/${uuid}`);
  }

  addInterface(uuid: string, address: string): Promise<Answer> {
    return this.send('POST', `/${uuid}/interfaces`, { interface: { address } });
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
