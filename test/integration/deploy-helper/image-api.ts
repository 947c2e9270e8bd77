// The identity and image APIs as the service account sees them, over a few files.
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { imageStatus } from '@metalcast/domain';

export interface ImageApi {
  readonly url: string;
  readonly downloads: string[];
  /** Offers the file as image `id`. */
  offer(id: string, file: string, diskFormat: string): { size: number; sha256: string };
  /** From now on downloads wait; returns what lets them go on. */
  hold(): () => void;
  close(): Promise<void>;
}

interface Offered {
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
  readonly diskFormat: string;
}

const token = 'service-token-4711';

export async function startImageApi(): Promise<ImageApi> {
  const images = new Map<string, Offered>();
  const downloads: string[] = [];
  let held: Promise<void> = Promise.resolve();
  const server = createServer((request, response) => {
    answer(request, response, images, (id, send) => {
      downloads.push(id);
      held.then(send, () => undefined);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    downloads,
    offer(id, file, diskFormat) {
      const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
      const { size } = statSync(file);
      images.set(id, { file, size, sha256, diskFormat });
      return { size, sha256 };
    },
    hold() {
      let release = (): void => undefined;
      held = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  images: ReadonlyMap<string, Offered>,
  download: (id: string, send: () => void) => void,
): void {
  if (request.method === 'POST' && request.url === '/v3/auth/tokens') {
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    response.writeHead(201, { 'x-subject-token': token });
    response.end(JSON.stringify({ token: { expires_at: expires } }));
    return;
  }
  const [, id = '', file] = /^\/v2\/images\/([^/]+)(\/file)?$/.exec(request.url ?? '') ?? [];
  const image = images.get(id);
  if (request.headers['x-auth-token'] !== token || image === undefined) {
    response.writeHead(image === undefined ? 404 : 401).end();
  } else if (file === undefined) {
    const { size, sha256, diskFormat } = image;
    const shown = { id, status: imageStatus.active, size, disk_format: diskFormat };
    response.end(JSON.stringify({ ...shown, os_hash_algo: 'sha256', os_hash_value: sha256 }));
  } else {
    download(id, () => {
      createReadStream(image.file).pipe(response);
    });
  }
}
