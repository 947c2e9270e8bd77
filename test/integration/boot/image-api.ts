// The two APIs that images come by, as far as a client sees them, on the loopback.
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { imageStatus } from '@metalcast/domain';

export interface ImageApi {
  readonly port: number;
  /** Stores an image, returns its id. */
  add(name: string, content: Buffer): string;
  close(): void;
}

export const sha256 = (content: Buffer): string =>
  createHash('sha256').update(content).digest('hex');

export async function startImageApi(password: string): Promise<ImageApi> {
  const images = new Map<string, { name: string; content: Buffer }>();
  const token = randomUUID();
  const server = createServer((request, response) => {
    const [, id = '', file] =
      /^\/image\/v2\/images\/([^/?]+)(\/file)?$/.exec(request.url ?? '') ?? [];
    const image = images.get(id);
    if (request.url === '/identity/v3/auth/tokens') {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        response.writeHead(body.includes(password) ? 201 : 401, { 'x-subject-token': token });
        response.end('{}');
      });
    } else if (request.headers['x-auth-token'] !== token) {
      response.writeHead(401).end();
    } else if (image === undefined) {
      response.writeHead(404).end();
    } else if (file !== undefined) {
      response.end(image.content);
    } else {
      const { name, content } = image;
      const hash = { os_hash_algo: 'sha256', os_hash_value: sha256(content) };
      response.end(
        JSON.stringify({ id, name, status: imageStatus.active, size: content.length, ...hash }),
      );
    }
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    add(name, content) {
      const id = randomUUID();
      images.set(id, { name, content });
      return id;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
