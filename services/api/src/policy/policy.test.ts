import 'reflect-metadata';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { METHOD_METADATA, MODULE_METADATA } from '@nestjs/common/constants.js';
import type { Type } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { ApiModule } from '../api.module.js';
import type { ApiContext } from '../config.js';
import { settingsOf } from '../http/routing/route-config.js';
import { reachesProject, reachesUser } from './ownership.js';
import {
  isAllowed,
  isAllowedForOthers,
  policy,
  requireAllowed,
  type Role,
  type Rule,
} from './policy.js';

const modules = (ApiModule.register({} as ApiContext).imports ?? []) as Type[];

const controllersOf = (module: Type): Type[] =>
  (Reflect.getMetadata(MODULE_METADATA.CONTROLLERS, module) as Type[] | undefined) ?? [];

const routesOf = (controller: Type): { name: string; rule: Rule | undefined }[] =>
  Object.entries(Object.getOwnPropertyDescriptors(controller.prototype))
    .filter(([, { value }]) => Reflect.hasMetadata(METHOD_METADATA, value as object))
    .map(([name, method]) => ({
      name: `${controller.name}.${name}`,
      rule: settingsOf(method).rule,
    }));

const routes = modules
  .filter((module) => typeof module === 'function')
  .flatMap(controllersOf)
  .flatMap(routesOf);

const source = fileURLToPath(new URL('..', import.meta.url));
const texts = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.includes('.test.') && !path.endsWith('policy.ts'))
  .map((path) => readFileSync(join(source, path), 'utf8'))
  .join('\n');

const as = (...roles: Role[]) => ({ roles, projectId: 'own', userId: 'me' });

test('every route has a rule', () => {
  expect(routes.length).toBeGreaterThan(80);
  expect(routes.filter(({ rule }) => rule === undefined)).toEqual([]);
});

test('every rule is used', () => {
  expect(Object.keys(policy).filter((rule) => !texts.includes(`'${rule}'`))).toEqual([]);
});

test.each<[Rule, Role[], boolean]>([
  ['get_images', ['reader'], true],
  ['get_images', ['service'], true],
  ['get_images', [], false],
  ['add_image', ['reader', 'service'], false],
  ['add_image', ['member'], true],
  ['add_image', ['admin'], true],
  ['publicize_image', ['member', 'reader'], false],
  ['publicize_image', ['admin'], true],
])('%s by %j: %s', (rule, roles, allowed) => {
  expect(isAllowed(rule, as(...roles))).toBe(allowed);
});

test('what is refused names its rule', () => {
  expect(() => {
    requireAllowed('publicize_image', as('member'));
  }).toThrow(new Fault('FORBIDDEN', { rule: 'publicize_image' }));
});

test.each<[Rule, Role[], boolean]>([
  ['get_image', ['member'], false],
  ['get_image', ['service'], true],
  ['modify_image', ['service'], false],
  ['modify_image', ['admin'], true],
  ['get_images', [], false],
  ['create_port', ['admin'], false],
])('%s of another project by %j: %s', (rule, roles, reached) => {
  const caller = as(...roles);
  expect(isAllowedForOthers(rule, caller)).toBe(reached);
  expect(reachesProject(rule, caller, 'other')).toBe(reached);
  expect(reachesProject(rule, caller, 'own')).toBe(true);
  expect(reachesUser(rule, caller, 'you')).toBe(reached);
  expect(reachesUser(rule, caller, 'me')).toBe(true);
});

test('what belongs to nobody is reached by those who reach others', () => {
  expect(reachesProject('metalcast:trace', as('member'), undefined)).toBe(false);
  expect(reachesProject('metalcast:trace', as('admin'), undefined)).toBe(true);
});
