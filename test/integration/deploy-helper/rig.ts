// A helper, an image, and servers that want it on the disks of scripted ramdisks.
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Deployment } from '@metalcast/db';
import { makeImage } from './images.js';
import { ScriptedAgent, type Mischief } from './scripted-agent.js';
import { World, type Helper, type NodeWithServer, type ServerRequest } from './world.js';

export const mib = 1024 * 1024;
export const diskBytes = 128 * mib;

export interface Built {
  readonly agent: ScriptedAgent;
  /** The command that ended the ramdisk's obedience. */
  readonly obeyed: Promise<Record<string, unknown>>;
  readonly row: Deployment;
}

/** One for all tests of a file. */
export function deployRig(): DeployRig {
  const rig = new DeployRig();
  beforeAll(() => rig.start());
  afterEach(() => rig.release());
  afterAll(() => rig.close());
  return rig;
}

interface Started {
  readonly world: World;
  readonly mbrImage: string;
  /** The one that agents speak to; who stops it starts another in its place. */
  helper: Helper;
}

class DeployRig {
  private readonly agents: ScriptedAgent[] = [];

  private started: Started | undefined;

  async start(): Promise<void> {
    const world = await World.make();
    const mbrImage = join(world.folder, 'mbr.qcow2');
    makeImage(mbrImage, { sizeMb: 64, dataMb: 10, table: 'label: dos\n,40M,L,*\n' });
    this.started = { world, mbrImage, helper: await world.helper('helper-1') };
  }

  get world(): World {
    return this.running.world;
  }

  get mbrImage(): string {
    return this.running.mbrImage;
  }

  get helper(): Helper {
    return this.running.helper;
  }

  set helper(helper: Helper) {
    this.running.helper = helper;
  }

  private get running(): Started {
    if (this.started === undefined) {
      throw new Error('the rig has not been started');
    }
    return this.started;
  }

  /** After each test: its agents stop, its deployments are nobody's work any more. */
  async release(): Promise<void> {
    await Promise.all(this.agents.splice(0).map((agent) => agent.stop()));
    await this.world.releaseAll();
  }

  close(): Promise<void> {
    return this.world.close();
  }

  agentOf(of: NodeWithServer, mischief: Mischief = {}, helpers = [this.helper.url]): ScriptedAgent {
    const agent = new ScriptedAgent(
      { ...of, helpers, diskFile: this.diskOf(of), diskBytes },
      mischief,
    );
    this.agents.push(agent);
    return agent;
  }

  diskOf({ node }: NodeWithServer): string {
    return join(this.world.folder, `${node}.disk`);
  }

  mbrServer(more: Partial<ServerRequest> = {}): Promise<NodeWithServer> {
    return this.world.nodeWithServer({ imageFile: this.mbrImage, imageBytes: 64 * mib, ...more });
  }

  /** Hello, cast, and all commands until the node leaves or gives up. */
  async build(of: NodeWithServer, mischief: Mischief = {}): Promise<Built> {
    const agent = this.agentOf(of, mischief);
    expect((await agent.hello()).status).toBe(200);
    await this.world.deploy(of);
    const obeyed = agent.obey();
    const row = await this.world.inState(of, 'verified', 'failed');
    return { agent, obeyed, row };
  }
}
