import { expect, test } from 'vitest';
import { hostOf, placeOf, portOf, serverUrls } from './server-urls.js';

const amqpOf = (amqp: string) => serverUrls({ amqp });
const databaseOf = (database: string) => serverUrls({ database });

test('either server, both, or none', () => {
  const [amqp, database] = ['amqp://u:p@mq/vhost', 'postgresql://u:p@db/d'];
  expect(serverUrls({})).toEqual({});
  expect(serverUrls({ amqp: '', database: '' })).toEqual({});
  expect(Object.keys(serverUrls({ amqp }))).toEqual(['amqp']);
  expect(Object.keys(serverUrls({ database }))).toEqual(['database']);
  expect(serverUrls({ amqp, database })).toEqual({
    amqp: new URL(amqp),
    database: new URL(database),
  });
});

test('shows the address: default ports, IPv6, no password', () => {
  const { amqp } = amqpOf('amqp://u:geheim@[::1]/v');
  expect([hostOf(amqp!), portOf('amqp', amqp!)]).toEqual(['::1', 5672]);
  expect(placeOf('amqp', amqp!)).toBe('[::1]:5672/v');
  const { database } = databaseOf('postgres://u:geheim@db:6432/d');
  expect(placeOf('database', database!)).toBe('db:6432/d');
});

test('encryption that a relay would break is refused, with the reason', () => {
  expect(() => amqpOf('amqps://u:geheim@mq/')).toThrow(/relay.*certificate/);
  for (const mode of ['prefer', 'require', 'verify-ca', 'verify-full']) {
    expect(() => databaseOf(`postgresql://u:geheim@db/d?sslmode=${mode}`)).toThrow(
      /relay.*certificate/,
    );
  }
  expect(databaseOf('postgresql://u:p@db/d?sslmode=no-verify')).toHaveProperty('database');
});

test('an unusable URL is refused without showing its password', () => {
  const bad = [
    () => amqpOf('geheim'),
    () => amqpOf('http://u:geheim@mq/'),
    () => databaseOf('postgresql://u:geheim@/d'),
    () => databaseOf('postgresql:///d?host=/run/postgresql&password=geheim'),
    () => databaseOf('mysql://u:geheim@db/d'),
  ];
  for (const read of bad) {
    expect(read).toThrow(/^(AMQP|DATABASE)_URL must have (?!.*geheim)/);
  }
});
