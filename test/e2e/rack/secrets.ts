import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { keySecretsIn } from '@metalcast/testing';
import { expect } from 'vitest';
import { databaseDump } from './database-dump.js';
import type { RackLab } from './rack-lab.js';

/** Every secret of the lab: BMC and account passwords, keys, the passwords in URLs, all tokens ever seen. */
function secretsOf(lab: RackLab): string[] {
  const { amqp, database, nodes } = lab.json();
  const folder = join(lab.data, 'secrets');
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => readFileSync(join(folder, name), 'utf8').trim());
  return [
    ...nodes.map(({ bmc }) => readFileSync(bmc.credentials, 'utf8').trim()),
    ...files.filter((content) => !content.includes('://')),
    ...keySecretsIn(join(folder, 'keys')),
    new URL(amqp).password,
    new URL(database).password,
    ...Object.values(lab.witness.wire.secrets()).flat(),
  ].filter((secret) => secret.length > 0);
}

/** Checks that the witness has seen the whole run: an unseen boot would have no secrets to search for. */
export function expectWitnessSawAll(lab: RackLab): void {
  const { broker, wire, commands } = lab.witness;
  expect([...broker.seen]).toEqual(
    expect.arrayContaining([
      'metalcast.events.api node.enrolled',
      'metalcast.casts.api scheduler',
      'metalcast.casts.compute power',
    ]),
  );
  for (const [kind, secrets] of Object.entries(wire.secrets())) {
    expect(secrets, kind).not.toHaveLength(0);
  }
  expect(/^ipmitool .*power (on|status)/m.test(commands.text())).toBe(true);
  expect(wire.kernelCommandLines().toSorted()).toEqual(
    lab
      .json()
      .nodes.map(({ macs }): unknown =>
        expect.stringContaining(`BOOTIF=01-${macs[0]!.replaceAll(':', '-')} `),
      ),
  );
}

/** Checks that none of the lab's secrets, nor of `more`, is readable anywhere. */
export async function expectNoSecret(lab: RackLab, ...more: readonly string[]): Promise<void> {
  expect(await leaks(lab, [...secretsOf(lab), ...more])).toEqual([]);
  for (const { serial } of lab.json().nodes) {
    expect(readFileSync(serial, 'latin1')).not.toMatch(/token=/i);
  }
}

/** The places where a secret can be read but must not be; empty when all is well. */
export async function leaks(lab: RackLab, secrets: readonly string[]): Promise<string[]> {
  const places = [
    ...logs(lab),
    ...consoles(lab),
    { where: 'broker', text: lab.witness.broker.text() },
    { where: 'kernel', text: lab.witness.wire.kernelCommandLines().join('\n') },
    { where: 'ps', text: lab.witness.commands.text() },
    { where: 'database', text: await databaseDump(lab.json().database) },
  ];
  return places.flatMap(({ where, text }) =>
    secrets
      .filter((secret) => text.includes(secret))
      .map((secret) => `${where}: ${secret.slice(0, 3)}…`),
  );
}

function logs(lab: RackLab): { where: string; text: string }[] {
  const folder = join(lab.folder, 'log');
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => ({ where: file, text: readFileSync(file, 'utf8') }));
}

/** A node that was never on has no console yet. */
const consoles = (lab: RackLab): { where: string; text: string }[] =>
  lab
    .json()
    .nodes.map(({ serial }) => serial)
    .filter((serial) => existsSync(serial))
    .map((serial) => ({ where: serial, text: readFileSync(serial, 'latin1') }));
