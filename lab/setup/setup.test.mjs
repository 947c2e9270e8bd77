import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { missingPackages, neededPackages, parsePackageList } from './debian-packages.mjs';
import { modulesMatch } from './modules.mjs';
import { isPolicyOurs, restorePolicy, withoutServices } from './policy.mjs';
import { aptProblem, nodeProblem, rootProblem, tunProblem } from './problems.mjs';

describe('packages', () => {
  const wanted = [
    { name: 'a', why: 'x' },
    { name: 'b', why: 'y' },
    { name: 'c', why: 'z' },
  ];

  test('only completely installed packages count', () => {
    const dpkg = 'a installed\nb config-files\n';
    expect(missingPackages(wanted, dpkg).map(({ name }) => name)).toEqual(['b', 'c']);
    expect(missingPackages(wanted, '')).toEqual(wanted);
  });

  test.each([
    ['test', 'python3-oslo.messaging'],
    ['clients', 'python3-tempest'],
  ])('each package for %s is listed once, with a reason', (purpose, its) => {
    const needed = neededPackages(purpose, new URL('../..', import.meta.url).pathname);
    expect(new Set(needed.map(({ name }) => name)).size).toBe(needed.length);
    expect(needed.filter(({ why }) => why === '')).toEqual([]);
    expect(needed.map(({ name }) => name)).toEqual(expect.arrayContaining([its, 'postgresql']));
  });

  test('the builder of images needs none of the lab', () => {
    const needed = neededPackages('image', new URL('../..', import.meta.url).pathname);
    const names = needed.map(({ name }) => name);
    expect(names).toContain('mmdebstrap');
    expect(names).not.toContain('rabbitmq-server');
  });

  test('a list may have comments and reasons', () => {
    expect(parsePackageList('# none\n\ncpio   packs it\n')).toEqual([
      { name: 'cpio', why: 'packs it' },
    ]);
  });
});

describe('policy-rc.d', () => {
  let root;
  let policy;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'policy-'));
    mkdirSync(`${root}/usr/sbin`, { recursive: true });
    policy = `${root}/usr/sbin/policy-rc.d`;
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  test('none before, none after', async () => {
    await withoutServices(async () => {
      expect(readFileSync(policy, 'utf8')).toMatch(/exit 101/);
    }, root);
    expect(existsSync(policy)).toBe(false);
    expect(existsSync(`${root}/etc/postgresql-common/createcluster.d`)).toBe(false);
  });

  test('the previous file is restored, also when the work fails', async () => {
    writeFileSync(policy, 'theirs');
    const failing = withoutServices(() => Promise.reject(new Error('no')), root);
    await expect(failing).rejects.toThrow('no');
    expect(readFileSync(policy, 'utf8')).toBe('theirs');
  });

  test('the previous file is restored after a killed run', async () => {
    writeFileSync(policy, 'theirs');
    void withoutServices(() => new Promise(() => undefined), root);
    expect(isPolicyOurs(root)).toBe(true);
    restorePolicy(root);
    expect(readFileSync(policy, 'utf8')).toBe('theirs');
    restorePolicy(root);
    expect(readFileSync(policy, 'utf8')).toBe('theirs');
  });
});

describe('node_modules', () => {
  const lock = {
    packages: {
      '': { version: '0' },
      'node_modules/a': { version: '1' },
      'node_modules/native': { version: '1', optional: true },
      'node_modules/@x/lib': { link: true, resolved: 'libs/lib' },
    },
  };
  const installed = (packages) => ({ packages });
  const right = { 'node_modules/a': { version: '1' }, 'node_modules/@x/lib': { link: true } };

  test('match when everything except optional packages is installed', () => {
    expect(modulesMatch(lock, installed(right))).toBe(true);
  });

  test('do not match when missing, partly missing, or of another version', () => {
    const { 'node_modules/@x/lib': _, ...partly } = right;
    expect(modulesMatch(lock, undefined)).toBe(false);
    expect(modulesMatch(lock, installed(partly))).toBe(false);
    expect(modulesMatch(lock, installed({ ...right, 'node_modules/a': { version: '2' } }))).toBe(
      false,
    );
  });
});

describe('problems', () => {
  test('of the Node version', () => {
    for (const version of ['20.19.0', '22.13.0', '24.0.0', '26.1.0']) {
      expect(nodeProblem(version)).toBeUndefined();
    }
    for (const version of ['21.7.3', '22.12.0', '23.11.0']) {
      expect(nodeProblem(version)).toContain(version);
    }
    expect(nodeProblem('20.18.9')).toMatch(/20\.18\.9/);
    expect(nodeProblem('18.20.1')).toMatch(/20\.19/);
  });

  test('name what is missing', () => {
    expect(rootProblem(1000)).toMatch(/^root/);
    expect(rootProblem(0)).toBeUndefined();
    expect(tunProblem('/no/such/tun')).toMatch(/\/no\/such\/tun/);
    expect(aptProblem('/no/apt-get')).toMatch(/\/no\/apt-get/);
  });
});
