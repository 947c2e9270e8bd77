/**
 * Each mark on the way, what the interval that ends with it was, and whose time it is. In order; the first of its kind
 * counts.
 */
const marks = [
  { type: 'instance.scheduled', whose: 'ours', what: 'request accepted, node claimed' },
  { type: 'boot.prepared', whose: 'ours', what: 'network, DHCP and boot configuration' },
  {
    type: 'node.power.changed',
    switchedOn: true,
    whose: 'ours',
    what: 'BMC: off, boot device, on, read back',
  },
  { type: 'boot.dhcp', whose: 'node', what: 'firmware, until it asks for an address' },
  { type: 'boot.script', whose: 'node', what: 'DHCP, until it fetches the boot script' },
  { type: 'boot.kernel', whose: 'node', what: 'fetches the kernel' },
  { type: 'boot.ramdisk', whose: 'node', what: 'fetches the ramdisk' },
  { type: 'agent.hello', whose: 'node', what: 'kernel and ramdisk start, disk found' },
  { type: 'deploy.started', whose: 'ours', what: 'a helper takes the deployment' },
  {
    type: 'deploy.progress',
    phase: 'disk offered',
    whose: 'node',
    what: 'empties its disk and offers it',
  },
  {
    type: 'deploy.progress',
    phase: 'verifying',
    whose: 'ours',
    what: 'image, config drive and swap written',
  },
  { type: 'deploy.verified', whose: 'node', what: 'reads back what was written' },
  { type: 'agent.leaving', whose: 'ours', what: 'boot device disk, told to restart' },
  { type: 'marker', whose: 'node', what: 'restarts and boots from its disk' },
];

/** The timeline: seconds since the request, seconds that each interval took, and whose it was. */
export function intervals(events) {
  const start = events[0].time;
  let last = start;
  return marks.flatMap(({ type, phase, switchedOn, whose, what }) => {
    const event = events.find(
      (candidate) =>
        candidate.type === type &&
        (phase === undefined || candidate.data.phase === phase) &&
        (switchedOn === undefined || candidate.data.switched_on === switchedOn) &&
        candidate.time >= last,
    );
    if (event === undefined) return [];
    const took = (event.time - last) / 1000;
    last = event.time;
    return [{ at: (event.time - start) / 1000, took, whose, what }];
  });
}

export const total = (parts, whose) =>
  parts.filter((part) => part.whose === whose).reduce((sum, { took }) => sum + took, 0);

/** Medians over the runs. */
export function summary(runs) {
  const node = median(runs.map((parts) => total(parts, 'node')));
  const ours = median(runs.map((parts) => total(parts, 'ours')));
  const all = node + ours;
  return (
    `Median of ${runs.length}: ${all.toFixed(1)} s from POST /servers to the marker: ` +
    `${node.toFixed(1)} s the node's own, ${ours.toFixed(1)} s ours; ratio ${(all / node).toFixed(2)} to the node alone.`
  );
}

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}
