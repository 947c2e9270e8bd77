// Nodes that reboot, helpers that die, and helpers that know only what was before: each disk is written by one.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@metalcast/testing';
import { expect, test } from 'vitest';
import { chapOf, targetName } from '../../../services/deploy-helper/src/deployment/keys.js';
import { makeImage } from './images.js';
import { deployRig } from './rig.js';
import type { ScriptedAgent } from './scripted-agent.js';
import { TargetDaemon } from './target-daemon.js';
import type { NodeWithServer } from './world.js';

const rig = deployRig();

test('a disk that is offered in a later epoch is not written by who only remembers the one before', async () => {
  // Longer than it may take: no renewal tells of the new epoch.
  const times = { METALCAST_LEASE_MS: '300000', METALCAST_TARGET_MS: '300000' };
  const forgetful = await rig.world.helper('forgetful', { ...times, METALCAST_STALL_MS: '300000' });
  await rig.helper.stop();
  const image = join(rig.world.folder, 'other.qcow2');
  makeImage(image, { sizeMb: 64, dataMb: 1, table: 'label: dos\n,40M,L,*\n' });
  const of = await rig.mbrServer({ imageFile: image });
  const letCome = rig.world.images.hold();
  const agent = rig.agentOf(of, {}, [forgetful.url]);
  await agent.hello();
  await rig.world.deploy(of);
  await rig.world.inState(of, 'targeting');
  const { body: offer } = await agent.next();
  const later = { node: of.node, epoch: of.epoch + 1, attempt: 1 };
  const { user: chapUser, secret: chapSecret } = chapOf(rig.world.keys.agent, {
    ...later,
    createdAt: new Date(),
  });
  const daemon = await TargetDaemon.serve(rig.diskOf(of), {
    ...{ iqn: targetName(later), chapUser, chapSecret },
  });
  try {
    const disk = { portal: '127.0.0.1', port: daemon.port, lun: 1, iqn: offer['iqn'], zeroed: 1 };
    expect((await agent.ready({ attempt: 1, ...disk })).status).toBe(200);
    await rig.world.inState(of, 'writing');
    await rig.world.releaseAll();
    letCome();
    await waitFor(() => /TARGET_REFUSED|lost a deployment/.test(forgetful.log()), {
      timeoutMs: 60_000,
      what: 'the attempt to end',
    });
  } finally {
    await daemon.kill();
  }
  expect(readFileSync(rig.diskOf(of)).every((byte) => byte === 0)).toBe(true);
  expect((await rig.world.row(of))?.verifySha256).toBeNull();
  await forgetful.stop();
  rig.helper = await rig.world.helper('helper-1');
}, 120_000);

test('a node that reboots by itself begins again', async () => {
  const of = await rig.mbrServer();
  const first = rig.agentOf(of);
  await first.hello();
  await rig.world.deploy(of);
  expect((await first.next()).body).toMatchObject({ command: 'target', attempt: 1 });
  const again = await rig.world.reboot(of);
  const second = rig.agentOf(again);
  expect((await second.hello()).status).toBe(200);
  expect((await first.next()).status).toBe(403);
  const obeyed = second.obey();
  const row = await rig.world.inState(of, 'verified', 'failed');
  expect(row).toMatchObject({ state: 'verified', bootTry: 2 });
  expect(row.attempt).toBeGreaterThan(1);
  await rig.world.restart(of);
  expect(await obeyed).toMatchObject({ command: 'reboot' });
});

test('a ramdisk that speaks to another helper than the one that writes waits for neither', async () => {
  // Longer than it may take: only hints between the helpers are faster.
  const slow = {
    METALCAST_LEASE_MS: '300000',
    METALCAST_TARGET_MS: '300000',
    METALCAST_STALL_MS: '300000',
    METALCAST_NEXT_HOLD_MS: '25000',
  };
  const pair = [await rig.world.helper('pair-1', slow), await rig.world.helper('pair-2', slow)];
  await rig.helper.stop();
  const of = await rig.mbrServer();
  const began = performance.now();
  const agent = rig.agentOf(of, {}, [pair[0]?.url ?? '']);
  await agent.hello();
  await rig.world.deploy(of);
  const { helper: holder } = await rig.world.inState(of, 'targeting');
  const [other] = pair.filter(({ name }) => holder?.startsWith(`${name}:`) !== true);
  agent.turnTo([other?.url ?? '']);
  const obeyed = agent.obey();
  expect(await rig.world.inState(of, 'verified', 'failed')).toMatchObject({ state: 'verified' });
  await rig.world.restart(of);
  expect(await obeyed).toMatchObject({ command: 'reboot' });
  expect(performance.now() - began).toBeLessThan(60_000);
  await Promise.all(pair.map((one) => one.stop()));
  rig.helper = await rig.world.helper('helper-1');
}, 180_000);

test('the helper dies in the middle: another takes over with a new target', async () => {
  const doomed = await rig.world.helper('helper-doomed');
  const heir = await rig.world.helper('helper-heir');
  await rig.helper.stop();
  const of = await rig.mbrServer();
  const answers: string[] = [];
  const agent: ScriptedAgent = rig.agentOf(
    of,
    {
      onServed: (attempt, daemon) => {
        if (attempt === 1) {
          daemon.freeze();
          return;
        }
        const [old, present] = agent.targets;
        const secretFile = join(rig.world.folder, 'chap');
        if (old !== undefined && present !== undefined) {
          answers.push(daemon.logIn(old, secretFile), daemon.logIn(present, secretFile));
        }
      },
    },
    [doomed.url, heir.url],
  );
  await agent.hello();
  await rig.world.deploy(of);
  const obeyed = agent.obey();
  const holder = await rig.world.inState(of, 'writing');
  const [holding, other] = holder.helper?.startsWith('helper-doomed')
    ? [doomed, heir]
    : [heir, doomed];
  const iqn = agent.targets[0]?.iqn ?? '';
  await waitFor(() => processesWith(iqn).length > 0, { timeoutMs: 10_000, what: 'a writer' });
  expectUnseen(iqn, agent.targets[0]?.chapSecret);
  await holding.kill9();
  await waitFor(() => processesWith(iqn).length === 0, {
    timeoutMs: 5000,
    what: 'the writer to die with its helper',
  });
  const row = await rig.world.inState(of, 'verified', 'failed');
  expect(row).toMatchObject({ state: 'verified', attempt: 2, fault: null });
  expect(answers).toEqual([
    expect.stringContaining('Target not found'),
    expect.stringContaining('file format: iscsi'),
  ]);
  const [before, after] = agent.targets;
  expect(after?.iqn).not.toBe(before?.iqn);
  expect(after?.chapSecret).not.toBe(before?.chapSecret);
  await rig.world.restart(of);
  await obeyed;
  for (const secret of [...agent.secrets, of.token, 'canary-4711', ...rig.world.keys.secrets()]) {
    expect(doomed.log() + heir.log() + rig.helper.log()).not.toContain(secret);
    expect(await messagesOf(of)).not.toContain(secret);
  }
  await waitFor(() => readdirSync(other.workFolder).length === 0, {
    timeoutMs: 10_000,
    what: 'the disk in preparation to be removed',
  });
  expect(readdirSync(holding.workFolder)).toHaveLength(1);
  const reborn = await rig.world.helper(holding.name);
  expect(readdirSync(reborn.workFolder)).toEqual([]);
  await reborn.stop();
  expect(await other.stop()).toBe(0);
  rig.helper = await rig.world.helper('helper-1');
}, 90_000);

async function messagesOf(of: NodeWithServer): Promise<string> {
  const events = await rig.world.events(of);
  return JSON.stringify([events, await rig.world.row(of)], (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

/** No process that has `text` in its command line shows the secret there or in its environment. */
function expectUnseen(text: string, secret: string | undefined): void {
  for (const { argv, environment } of processesWith(text)) {
    expect(argv).not.toContain(secret);
    expect(environment).not.toContain(secret);
  }
}

function processesWith(text: string): { argv: string; environment: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return argv.includes(text) && argv.includes('qemu-img') ? [{ argv, environment }] : [];
      } catch {
        return [];
      }
    });
}
