// The systemd units start what there is, with options that there are.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyFiles, keyVariable } from '@metalcast/keys';
import { expect, test } from 'vitest';
import { optionsOf } from './options.mjs';
import { root } from './pages.mjs';

const folder = join(root, 'deploy/systemd');
const read = (...path) => readFileSync(join(folder, ...path), 'utf8');
const services = Object.keys(optionsOf);
const template = read('metalcast@.service');
const dropIn = (service) => read(`metalcast@${service}.service.d`, `${service}.conf`);
const unitOf = (service) => `${template}\n${dropIn(service)}`;
const all = (text, form) => [...text.matchAll(form)].map(([, found]) => found);

/** Variables that a unit sets, with their values. */
const environmentOf = (unit) =>
  Object.fromEntries(
    all(unit, /^Environment=(.+)$/gm)
      .flatMap((line) => line.split(' '))
      .map((assignment) => assignment.split(/=(.*)/s)),
  );
const credentialsOf = (unit) => all(unit, /^LoadCredential=(\w+):/gm);

/** What differs from site to site stands in metalcast.env. */
const ofTheSite = ['METALCAST_PROVISIONING_INTERFACE', 'METALCAST_PROVISIONING_ADDRESS'];

test('there is a drop-in for each service, and for nothing else', () => {
  const found = all(readdirSync(folder).join('\n'), /^metalcast@([\w-]+)\.service\.d$/gm);
  expect(found.toSorted()).toEqual(services.toSorted());
});

test('each service has a user of its own', () => {
  expect(all(template, /^User=(.+)$/gm)).toEqual(['metalcast-%i']);
  const users = all(read('metalcast.sysusers.conf'), /^u (\S+)/gm);
  expect(users).toEqual(services.map((service) => `metalcast-${service}`));
});

test.each(services)('%s: its program is built from what is there', (service) => {
  const [command] = all(template, /^ExecStart=(.+)$/gm);
  const [, program] = command.replaceAll('%i', service).split(' /opt/metalcast/');
  expect(program).toBe(`services/${service}/dist/main.js`);
  expect(existsSync(join(root, program.replace(/dist\/main\.js$/, 'src/main.ts')))).toBe(true);
});

test.each(services)('%s: every variable is an option of it', (service) => {
  const options = optionsOf[service].flatMap(({ variable }) => [variable, `${variable}_FILE`]);
  const set = Object.keys(environmentOf(unitOf(service)));
  expect(set.filter((name) => name !== 'NODE_ENV' && !options.includes(name))).toEqual([]);
});

test.each(services)('%s: what must be given is given', (service) => {
  const set = Object.keys(environmentOf(unitOf(service)));
  const missing = optionsOf[service]
    .filter(({ needed }) => needed)
    .map(({ variable }) => variable)
    .filter((name) => !set.includes(name) && !set.includes(`${name}_FILE`));
  expect(missing.filter((name) => !ofTheSite.includes(name))).toEqual([]);
});

test.each(services)('%s: its credentials are those that are loaded for it', (service) => {
  const unit = unitOf(service);
  const named = Object.values(environmentOf(unit))
    .filter((value) => value.startsWith('%d/'))
    .map((value) => value.slice('%d/'.length));
  expect(named.toSorted()).toEqual(credentialsOf(unit).toSorted());
});

test.each(['database_url', 'amqp_url'])('each service logs in by a %s of its own', (name) => {
  const [source] = all(template, new RegExp(`^LoadCredential=${name}:(.+)$`, 'gm'));
  expect(source).toMatch(/\/%i$/);
});

test.each(services)('%s: it is given its own files with keys', (service) => {
  const own = Object.entries(keyFiles).filter(([, row]) => row.services.includes(service));
  expect(environmentOf(dropIn(service))).toMatchObject(
    Object.fromEntries(
      own.map(([name, { file }]) => [keyVariable(name), `/etc/metalcast/%i/${file}`]),
    ),
  );
});

test('no two health pages of a machine have one port', () => {
  const ports = services.map((service) => environmentOf(dropIn(service)).METALCAST_HEALTH_PORT);
  expect(new Set(ports).size).toBe(services.length);
});
