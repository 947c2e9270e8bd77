import { z } from 'zod';

/** An event in the API's trace. */
export const tracedEvent = z.object({
  type: z.string(),
  subject: z.string(),
  sequence: z.string(),
  time: z.coerce.date(),
  data: z.record(z.string(), z.unknown()),
});
export type TracedEvent = z.output<typeof tracedEvent>;

type Sentence = string | ((data: Readonly<Record<string, unknown>>) => string | undefined);

const mebibyte = 1024 ** 2;

const sentences: Readonly<Record<string, Sentence>> = {
  'instance.created': 'the API accepted the request',
  'instance.scheduled': 'the scheduler claimed a node',
  'instance.rescheduled': (data) => `failed there: ${faultOf(data)}; trying another node`,
  'instance.active': 'the server is ACTIVE',
  'instance.failed': (data) => `the server is in ERROR: ${faultOf(data)}`,
  'instance.first_sign': (data) =>
    data['by'] === 'dhcp' ? 'the installed system requested an address' : undefined,
  'boot.local.phone_home': 'the installed system phoned home',
  'instance.deleted': 'the server is deleted',
  'boot.prepared': (data) =>
    data['boot_mode'] === 'deploy' ? 'DHCP and boot configuration are ready' : undefined,
  'node.power.changed': (data) =>
    data['switched_on'] === true ? 'the BMC reports: power is on' : undefined,
  'node.power.failed': (data) => `the BMC failed: ${faultOf(data)}`,
  'boot.dhcp': 'the node requested an address',
  'boot.script': (data) => `the node fetched its boot script (${String(data['loader'])})`,
  'boot.kernel': 'the node fetched the deploy kernel',
  'boot.ramdisk': 'the node fetched the deploy ramdisk',
  'boot.loop': 'the node reboots in a loop',
  'agent.hello': (data) => `the deploy ramdisk is up, disk ${String(data['disk'])}`,
  'agent.error': (data) => `the ramdisk reports: ${String(data['error'])}`,
  'agent.leaving': 'the ramdisk restarts the node from its disk',
  'deploy.started': (data) => `${String(data['helper'])} writes the image`,
  'deploy.progress': progressSentence,
  'deploy.verified': (data) =>
    `verified: ${mib(data['verified_bytes'])} MiB read back${data['whole'] === true ? '' : ' (a sample)'}`,
  'deploy.failed': (data) => `the deployment failed: ${faultOf(data)}`,
};

/** The event as a sentence for people; undefined for an event without news. */
export function eventSentence({ type, data }: TracedEvent): string | undefined {
  const sentence = sentences[type];
  return typeof sentence === 'function' ? sentence(data) : sentence;
}

const faultOf = (data: Readonly<Record<string, unknown>>): string =>
  (data['fault'] as { message?: string } | undefined)?.message ?? 'no reason given';

const mib = (bytes: unknown): string => (Number(bytes) / mebibyte).toFixed(0);

/** Sentences for the phases of a deployment. */
function progressSentence(data: Readonly<Record<string, unknown>>): string | undefined {
  switch (data['phase']) {
    case 'disk offered':
      return 'the ramdisk offers its disk over iSCSI';
    case 'writing':
      return Number(data['bytes_done']) > 0
        ? `${mib(data['bytes_done'])} of ${mib(data['total'])} MiB written`
        : undefined;
    case 'verifying':
      return `image, config drive and swap are written (${mib(data['total'])} MiB); the node reads them back`;
    default:
      return undefined;
  }
}
