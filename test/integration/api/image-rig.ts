import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import {
  addMember,
  request,
  startApiProcess,
  type Answer,
  type ApiProcess,
  type Body,
} from './api-process.js';

export const maxImageBytes = 16 * 1024 ** 2;

/** An api for the tests of one file, and what they all do with its images. */
export function imageRig(): ImageRig {
  const rig = new ImageRig();
  beforeAll(() => rig.start());
  afterAll(() => rig.close());
  return rig;
}

export class ImageRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'metalcast-image-test-'));
  private started: { api: ApiProcess; member: string } | undefined;

  async start(): Promise<void> {
    const api = await startApiProcess({ maxImageBytes });
    this.started = { api, member: await addMember(api, 'alice') };
  }

  /** An api that the test has started. */
  use(api: ApiProcess, member = ''): void {
    this.started = { api, member };
  }

  async close(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    await this.started?.api.close();
  }

  get api(): ApiProcess {
    return this.running.api;
  }

  /** Token of an account that is no administrator. */
  get member(): string {
    return this.running.member;
  }

  url(path = ''): string {
    return `${this.api.url}/image/v2/images${path}`;
  }

  /** Names of the files that are kept. */
  kept(): string[] {
    return this.filesIn('sha256');
  }

  /** Names of the files that are on their way in. */
  incoming(): string[] {
    return this.filesIn('incoming');
  }

  /** A ramdisk if not told otherwise: of its bytes nothing is asked. */
  async newImage(fields: object = {}, token = this.api.admin): Promise<string> {
    const body = { name: 'test', disk_format: 'ari', container_format: 'ari', ...fields };
    const answer = await request(this.url(), 'POST', { token, body });
    expect(answer.status).toBe(201);
    return answer.body.id;
  }

  async upload(id: string, bytes: Uint8Array, token = this.api.admin): Promise<Answer> {
    const answer = await fetch(this.url(`/${id}/file`), {
      method: 'PUT',
      headers: { 'x-auth-token': token, 'content-type': 'application/octet-stream' },
      body: bytes,
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: JSON.parse(text === '' ? '{}' : text) as Body,
    };
  }

  /** With a JSON patch. */
  async patch(id: string, body: object, version = '2.1'): Promise<Answer> {
    const type = `application/openstack-images-v${version}-json-patch`;
    const token = this.api.admin;
    return request(this.url(`/${id}`), 'PATCH', { token, body, headers: { 'content-type': type } });
  }

  async show(id: string, token = this.api.admin): Promise<Body> {
    return (await request(this.url(`/${id}`), 'GET', { token })).body;
  }

  /** What `qemu-img create` with these options and size makes. */
  qemuImg(...args: string[]): Buffer {
    const path = join(this.folder, randomBytes(6).toString('hex'));
    const [options, size] = [args.slice(0, -1), args.slice(-1)];
    execFileSync('qemu-img', ['create', '-q', ...options, path, ...size]);
    return readFileSync(path);
  }

  /** A qcow2 image of a disk with these bytes. */
  qcow2Of(bytes: Uint8Array): Buffer {
    const path = join(this.folder, randomBytes(6).toString('hex'));
    writeFileSync(path, bytes);
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', path, `${path}.qcow2`]);
    return readFileSync(`${path}.qcow2`);
  }

  private get running(): { api: ApiProcess; member: string } {
    if (this.started === undefined) throw new Error('the api is not started');
    return this.started;
  }

  private filesIn(part: string): string[] {
    try {
      return readdirSync(join(this.api.imageDirectory, part));
    } catch {
      return [];
    }
  }
}
