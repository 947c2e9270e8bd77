import { Fault, type ObservedPower, ownValue } from '@metalcast/domain';
import type { Attempt, Bmc, PowerDriver } from '../power-driver.js';
import { askHttp, type HttpAnswer } from './fake-http.js';

/** A simulated BMC over HTTP: docs/fake-bmc.md. */
export function openFake(bmc: Bmc): PowerDriver {
  const power = (target: string, attempt: Attempt) =>
    ask(bmc, { method: 'POST', path: '/power', body: { target }, target }, attempt);
  return {
    async read(attempt) {
      return observed(await ask(bmc, { method: 'GET', path: '/power', target: 'status' }, attempt));
    },
    async on(attempt) {
      await power('on', attempt);
    },
    async off(attempt) {
      await power('off', attempt);
    },
    async softOff(attempt) {
      await power('soft-off', attempt);
    },
    async setBootDevice(device, attempt) {
      const request = { method: 'POST', path: '/bootdev', body: { device } };
      await ask(bmc, { ...request, target: `boot device ${device}` }, attempt);
    },
  };
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  /** The name of the request in faults. */
  readonly target: string;
}

async function ask(bmc: Bmc, request: Request, attempt: Attempt): Promise<string> {
  const { status, text } = await send(bmc, request, attempt);
  if (status >= 200 && status < 300) {
    return text;
  }
  const details = { node: bmc.node, address: bmc.address, target: request.target };
  const evidence = [`HTTP ${status} ${text.slice(0, 500)}`];
  if (status === 401 || status === 403) {
    throw new Fault('POWER_AUTH', details, { evidence });
  }
  throw new Fault('POWER_REFUSED', { ...details, answer: errorIn(text) }, { evidence });
}

async function send(bmc: Bmc, request: Request, attempt: Attempt): Promise<HttpAnswer> {
  const { method, path, body } = request;
  const credentials = Buffer.from(`${bmc.user}:${bmc.password}`).toString('base64');
  const asked = {
    url: new URL(`${bmc.address.replace(/\/$/, '')}${path}`),
    method,
    headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  };
  try {
    return await askHttp(asked, attempt);
  } catch (error) {
    attempt.signal?.throwIfAborted();
    const { message } = error as Error;
    throw new Fault(
      'POWER_UNREACHABLE',
      { node: bmc.node, address: bmc.address },
      { cause: error, evidence: [message] },
    );
  }
}

function observed(text: string): ObservedPower {
  const power = fieldOf(text, 'power');
  return power === 'on' || power === 'off' ? power : 'unknown';
}

const errorIn = (text: string): string => fieldOf(text, 'error') ?? text.slice(0, 500);

function fieldOf(text: string, name: string): string | undefined {
  try {
    const value = ownValue((JSON.parse(text) ?? {}) as Record<string, unknown>, name);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
