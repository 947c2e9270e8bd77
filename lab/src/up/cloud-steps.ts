// The steps that a person would do by hand: images, network, nodes, flavor, and the first server.
import { openSession, type Session } from '@metalcast/cloud-client';
import { ensureFlavor, flavorId } from '../cloud/flavor.js';
import { followServer } from '../cloud/follow.js';
import { buildImages, uploadImages } from '../cloud/images.js';
import { ensureNetwork } from '../cloud/network.js';
import { enrolNodes, untilReached } from '../cloud/nodes.js';
import { addressOf, createServer, findServer, showServer, type Server } from '../cloud/server.js';
import { readyLine } from '../cloud/console-output.js';
import { hostUrls } from './addresses.js';
import { requireResult, type LabContext } from './lab-context.js';
import { readAdminPassword } from './secrets.js';
import type { Step } from './step.js';

const serverName = 'first';
const buildTimeoutMs = 300_000;
const bootTimeoutMs = 120_000;

const ramdisk: Step<LabContext> = {
  title: 'Deploy ramdisk and test image',
  async run(context, report) {
    context.images = await buildImages();
    report(context.images.cached ? 'from the cache' : 'built from Debian packages');
  },
};

const login: Step<LabContext> = {
  title: 'Log-in',
  async run(context) {
    context.session = await openSession({
      authUrl: `${hostUrls(context).api}/identity`,
      user: 'admin',
      password: readAdminPassword(context.paths),
      project: 'admin',
    });
  },
};

const sessionOf = ({ session }: LabContext): Session => requireResult(session, 'the session');

const images: Step<LabContext> = {
  title: 'Images',
  async run(context) {
    const files = requireResult(context.images, 'the images');
    context.imageId = (await uploadImages(sessionOf(context), files)).imageId;
  },
};

const enrolment: Step<LabContext> = {
  title: 'Network, nodes and flavor',
  async run(context, report) {
    const session = sessionOf(context);
    const { nodes } = requireResult(context.rack, 'the rack');
    await ensureNetwork(session);
    await enrolNodes(session, nodes);
    await untilReached(
      session,
      nodes.map(({ uuid }) => uuid),
    );
    const [node] = nodes;
    await ensureFlavor(session, requireResult(node, 'a node'));
    report(`${nodes.length} nodes enrolled`);
  },
};

const firstServer: Step<LabContext> = {
  title: 'First server',
  keepsLines: true,
  async run(context, report) {
    const session = sessionOf(context);
    const known = await findServer(session, serverName);
    const id =
      known?.id ??
      (await createServer(session, {
        name: serverName,
        imageRef: requireResult(context.imageId, 'the image'),
        flavorRef: flavorId,
      }));
    const server =
      known?.status === 'ACTIVE'
        ? await showServer(session, id)
        : await followServer(session, id, {
            timeoutMs: buildTimeoutMs,
            report: ({ at, sentence }) => {
              report(`${at.toFixed(1).padStart(5)} s  ${sentence}`);
            },
          });
    refuseError(server);
    context.server = server;
    report(`${server.name} is ACTIVE at ${addressOf(server) ?? 'no address'}`);
  },
};

function refuseError(server: Server): void {
  if (server.status !== 'ACTIVE') {
    const { message, details = '' } = server.fault ?? { message: 'no fault is reported' };
    throw new Error(`server ${server.name} is in ${server.status}: ${message}\n${details}`);
  }
}

const consoleOutput: Step<LabContext> = {
  title: 'Console of the node',
  async run(context, report) {
    const server = requireResult(context.server, 'the server');
    const nodes = requireResult(context.rack, 'the rack').nodes;
    const node = nodes.find(({ uuid }) => uuid === server['OS-EXT-SRV-ATTR:hypervisor_hostname']);
    const { serial } = requireResult(node, `the node of ${server.name}`);
    context.readyLine = await readyLine(serial, server.id, bootTimeoutMs);
    report(context.readyLine);
  },
};

export const buildSteps: readonly Step<LabContext>[] = [ramdisk];
export const cloudSteps: readonly Step<LabContext>[] = [login, images, enrolment];
export const serverSteps: readonly Step<LabContext>[] = [firstServer, consoleOutput];
