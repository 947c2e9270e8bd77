import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addMember,
  adminPassword,
  request,
  startApiProcess,
  type Answer,
  type ApiProcess,
} from './api-process.js';

/** Clients say who they are; each test has addresses and names of its own. */
let api: ApiProcess;

beforeAll(async () => {
  api = await startApiProcess({ trustedProxies: '127.0.0.1' });
  for (const name of ['alice', 'bob', 'carol']) await addMember(api, name);
});
afterAll(() => api.close());

const timeoutMs = 45_000;

interface Attempt {
  readonly name: string;
  readonly password: string;
  readonly from: string;
}

function login({ name, password, from }: Attempt, url = api.url): Promise<Answer> {
  const user = { name, domain: { id: 'default' }, password };
  return request(`${url}/identity/v3/auth/tokens`, 'POST', {
    body: { auth: { identity: { methods: ['password'], password: { user } } } },
    headers: { 'x-forwarded-for': from },
  });
}

/** Logs in as a patient client does: told to wait it waits, and asks again. */
async function patientLogin(attempt: Attempt): Promise<Answer> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await login(attempt);
    const wait = Number(answer.headers.get('retry-after') ?? 0);
    if (answer.status !== 429 || Date.now() > deadline) {
      return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
  }
}

/** `workers` clients that log in again at each answer, until `during` has ended; and what they were answered. */
async function flood(
  workers: number,
  attempt: (count: number) => Attempt,
  during: () => Promise<void>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let count = 0;
  let over = false;
  const work = async (): Promise<void> => {
    do {
      count += 1;
      answers.push(await login(attempt(count)));
    } while (!over);
  };
  const running = Promise.all(Array.from({ length: workers }, work));
  try {
    await during();
  } finally {
    over = true;
    await running;
  }
  return answers;
}

const right = (name: string, from: string): Attempt => ({ name, password: adminPassword, from });

async function useTheApi(): Promise<void> {
  const { url, admin } = api;
  for (let turn = 0; turn < 10; turn += 1) {
    const { status } = await request(`${url}/compute/v2.1/flavors`, 'GET', { token: admin });
    expect(status).toBe(200);
  }
}

function expectLimited(answers: readonly Answer[], most: number): void {
  const statuses = answers.map(({ status }) => status);
  expect([...new Set(statuses)].sort()).toEqual([401, 429]);
  expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(most);
  const refused = answers.find(({ status }) => status === 429);
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused?.body.error.title).toBe('Too Many Requests');
}

test('64 wrong log-ins at once: few are verified, users and right log-ins are served meanwhile', async () => {
  const from = '203.0.113.1';
  const answers = await flood(
    64,
    (count) => ({ name: 'nobody', password: `x${count}`, from }),
    async () => {
      await useTheApi();
      expect((await patientLogin(right('admin', from))).status).toBe(201);
    },
  );
  // Ten at first, and one each six seconds that the flood lasts.
  expectLimited(answers, 10 + timeoutMs / 6000);
});

test('another name in each log-in: limited by the address; who has logged in from there before is served', async () => {
  const from = '203.0.113.2';
  expect((await login(right('alice', from))).status).toBe(201);
  const answers = await flood(
    32,
    (count) => ({ name: `user${count}`, password: 'x', from }),
    async () => {
      await useTheApi();
      expect((await patientLogin(right('alice', from))).status).toBe(201);
    },
  );
  expectLimited(answers, 40 + timeoutMs / 1000);
});

test('the right name with wrong passwords from its own address: the right password still comes through', async () => {
  const from = '203.0.113.3';
  expect((await login(right('bob', from))).status).toBe(201);
  const answers = await flood(
    96,
    (count) => ({ name: 'bob', password: `guess ${count}`, from }),
    async () => {
      await useTheApi();
      expect((await patientLogin(right('bob', from))).status).toBe(201);
    },
  );
  expect(answers.filter(({ status }) => status !== 401 && status !== 429)).toEqual([]);
});

test('one name from many addresses: limited by the name; its owner, from where they were before, is not', async () => {
  const home = '203.0.113.4';
  expect((await login(right('carol', home))).status).toBe(201);
  const from = (count: number): string => `2001:db8:${count.toString(16)}::1`;
  const answers = await flood(
    32,
    (count) => ({ name: 'carol', password: `guess ${count}`, from: from(count) }),
    async () => {
      await useTheApi();
      expect((await login(right('carol', home))).status).toBe(201);
    },
  );
  expectLimited(answers, 40 + timeoutMs / 1000);
});

test('one user is one, however a log-in names them: guesses by name and by id are counted together', async () => {
  const from = '203.0.113.60';
  const named = [
    { name: 'bob', domain: { id: 'default' } },
    { name: 'bob', domain: { name: 'Default' } },
    { name: 'bob' },
    { id: 'user-bob' },
    { id: 'user-bob', name: 'other', domain: { name: 'default' } },
  ];
  const scopes = [undefined, 'unscoped', { project: { name: 'project-bob' } }];
  const statuses: number[] = [];
  const begun = performance.now();
  for (let turn = 0; turn < 15; turn += 1) {
    const user = { ...named[turn % named.length], password: `guess ${turn}` };
    const identity = { methods: ['password'], password: { user } };
    const { status } = await request(`${api.url}/identity/v3/auth/tokens`, 'POST', {
      body: { auth: { identity, scope: scopes[turn % scopes.length] } },
      headers: { 'x-forwarded-for': from },
    });
    statuses.push(status);
  }
  // Ten at first, and one each six seconds that the attempts take.
  const most = 11 + (performance.now() - begun) / 6000;
  expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(most);
  expect([...new Set(statuses)].filter((status) => status !== 401 && status !== 429)).toEqual([]);
});

test('all addresses of one IPv6 network count as one', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, count) =>
      login({ name: 'nobody', password: `y${count}`, from: `2001:db8:ffff:1::${count}` }),
    ),
  );
  expectLimited(answers, 10 + timeoutMs / 6000);
});

test('who is no trusted proxy cannot choose the address it is counted by', async () => {
  const process = await startApiProcess();
  try {
    const attempt = (count: number): Attempt => ({
      name: 'nobody',
      password: `x${count}`,
      from: `198.51.100.${count}`,
    });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, count) => login(attempt(count), process.url)),
    );
    expectLimited(answers, 10 + timeoutMs / 6000);
  } finally {
    await process.close();
  }
});

test('the same wrong password again is refused, and uses nothing up', async () => {
  for (let turn = 0; turn < 30; turn += 1) {
    const wrong = { name: 'metalcast', password: 'the old one', from: '203.0.113.5' };
    expect((await login(wrong)).status).toBe(401);
  }
});

test('a log-in with a name or password that nobody has is a 400', async () => {
  const from = '203.0.113.6';
  expect((await login({ name: 'x'.repeat(256), password: 'x', from })).status).toBe(400);
  expect((await login({ name: 'x', password: 'x'.repeat(4097), from })).status).toBe(400);
});
