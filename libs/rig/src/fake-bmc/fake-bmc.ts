// BMCs for the `fake` power driver (docs/fake-bmc.md): many on one port, with injectable faults. Imports no other
// library of Metalcast, so simulators can use it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { z } from 'zod';
import { fakeBehaviour, type FakeBehaviour } from './fake-behaviour.js';

export type FakePower = 'on' | 'off';
export type FakePowerTarget = FakePower | 'soft-off';
export type FakeBootDevice = 'network' | 'disk';

const goodBehaviour = fakeBehaviour.parse({});

export interface FakeBmcOptions {
  readonly user?: string;
  readonly password?: string;
  readonly power?: FakePower;
  /** Called when the machine's power really changes. */
  readonly onPower?: (power: FakePower, bmc: FakeBmc) => void;
  /** Called with each authorised request before it is executed, in the form of `requests`. */
  readonly onRequest?: (request: string, bmc: FakeBmc) => void;
  /** Called for a soft power-off. Default: the power goes off. */
  readonly onSoftOff?: (bmc: FakeBmc) => void;
}

/** One BMC and the power of its machine. */
export class FakeBmc {
  /** Boot device of the next power-on, as last set. */
  bootDevice: FakeBootDevice | undefined;
  behaviour: FakeBehaviour = goodBehaviour;
  /** Every authorised request, in order: `status`, `on`, `off`, `soft-off`, `bootdev network`, `bootdev disk`. */
  readonly requests: string[] = [];
  #power: FakePower;

  constructor(
    readonly name: string,
    readonly options: FakeBmcOptions = {},
  ) {
    this.#power = options.power ?? 'off';
  }

  get power(): FakePower {
    return this.#power;
  }

  /** Changes the power without a request, like a person at the machine. */
  set power(power: FakePower) {
    if (power !== this.#power) {
      this.#power = power;
      this.options.onPower?.(power, this);
    }
  }

  /** Sets exactly these faults and clears all others. */
  behave(behaviour: Partial<FakeBehaviour>): void {
    this.behaviour = { ...goodBehaviour, ...behaviour };
  }

  isAuthorized(header: string | undefined): boolean {
    const { user = '', password = '' } = this.options;
    const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    return (user === '' && password === '') || header === expected;
  }

  bring(target: FakePowerTarget): void {
    if (this.behaviour.stuck) {
      return;
    }
    setTimeout(() => {
      if (target !== 'soft-off') {
        this.power = target;
      } else if (this.options.onSoftOff === undefined) {
        this.power = 'off';
      } else {
        this.options.onSoftOff(this);
      }
    }, this.behaviour.powerDelayMs);
  }
}

export interface FakeBmcServer {
  /** Base of the BMCs' addresses: `${url}/<name>`. */
  readonly url: string;
  /** Adds a BMC at the address `addressOf(name)`. */
  add(name: string, options?: FakeBmcOptions): FakeBmc;
  get(name: string): FakeBmc | undefined;
  addressOf(name: string): string;
  close(): Promise<void>;
}

export interface FakeBmcServerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
}

/** Starts the server without BMCs. */
export async function startFakeBmcs(options: FakeBmcServerOptions = {}): Promise<FakeBmcServer> {
  const { host = '127.0.0.1', port = 0 } = options;
  const bmcs = new Map<string, FakeBmc>();
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    serve(bmcs, request, response).catch(() => {
      response.destroy();
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  const url = `http://${host}:${(server.address() as AddressInfo).port}/bmc`;
  return {
    url,
    add: (name, bmcOptions) => {
      const bmc = new FakeBmc(name, bmcOptions);
      bmcs.set(name, bmc);
      return bmc;
    },
    get: (name) => bmcs.get(name),
    addressOf: (name) => `${url}/${name}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        sockets.forEach((socket) => socket.destroy());
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly body?: object;
}

async function serve(
  bmcs: ReadonlyMap<string, FakeBmc>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, root, name, ...rest] = (request.url ?? '').split('/');
  const bmc = root === 'bmc' ? bmcs.get(name ?? '') : undefined;
  const body = await bodyOf(request);
  if (body === undefined) {
    request.destroy();
    return;
  }
  if (bmc?.behaviour.silent === true && rest[0] !== 'behaviour') {
    return;
  }
  const asked = `${request.method ?? ''} ${rest.join('/')}`;
  const answer =
    bmc === undefined
      ? { status: 404, body: { error: 'no such BMC' } }
      : answerOf(bmc, asked, request.headers.authorization, body);
  setTimeout(() => {
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
  }, bmc?.behaviour.delayMs ?? 0);
}

function answerOf(
  bmc: FakeBmc,
  asked: string,
  authorization: string | undefined,
  body: Readonly<Record<string, unknown>>,
): Answer {
  if (asked === 'PUT behaviour') {
    const behaviour = fakeBehaviour.safeParse(body);
    if (!behaviour.success) {
      return { status: 400, body: { error: z.prettifyError(behaviour.error) } };
    }
    bmc.behave(behaviour.data);
    return { status: 204 };
  }
  if (!bmc.isAuthorized(authorization)) {
    return { status: 401, body: { error: 'wrong user or password' } };
  }
  switch (asked) {
    case 'GET power':
      return obey(bmc, 'status', () => ({ power: bmc.behaviour.says ?? bmc.power }));
    case 'POST power':
      return setPower(bmc, body['target']);
    case 'POST bootdev':
      return setBootDevice(bmc, body['device']);
    default:
      return { status: 404, body: { error: `no ${asked} here` } };
  }
}

function setPower(bmc: FakeBmc, target: unknown): Answer {
  if (target !== 'on' && target !== 'off' && target !== 'soft-off') {
    return { status: 400, body: { error: 'target must be on, off or soft-off' } };
  }
  return obey(bmc, target, () => {
    bmc.bring(target);
    return undefined;
  });
}

function setBootDevice(bmc: FakeBmc, device: unknown): Answer {
  if (device !== 'network' && device !== 'disk') {
    return { status: 400, body: { error: 'device must be network or disk' } };
  }
  return obey(
    bmc,
    'bootdev',
    () => {
      bmc.bootDevice = device;
      return undefined;
    },
    device,
  );
}

function obey(
  bmc: FakeBmc,
  what: FakeBehaviour['refuse'][number],
  act: () => object | undefined,
  detail?: string,
): Answer {
  const request = detail === undefined ? what : `${what} ${detail}`;
  bmc.requests.push(request);
  bmc.options.onRequest?.(request, bmc);
  if (bmc.behaviour.refuse.includes(what)) {
    return { status: 409, body: { error: bmc.behaviour.answer } };
  }
  const body = act();
  return body === undefined ? { status: 204 } : { status: 200, body };
}

const mostBytes = 64 * 1024;

/** Empty for a body that is not a JSON object; undefined for a request that ends early. */
async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > mostBytes) {
      return undefined;
    }
    chunks.push(chunk as Buffer);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
