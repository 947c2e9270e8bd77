import { table } from '../scheduler/table.mjs';

const most = 10;
/** What V8 calls its samples outside of functions. Idle time is no work. */
const idle = '(idle)';
const outside = { '(program)': 'native code', '(garbage collector)': 'garbage collector' };
const generated = 'libs/db/src/generated/';

/** The functions and the packages in which most of a service's time was spent, each without what it calls. */
export function profileReport(service, profile, sources) {
  const times = selfTimes(profile).filter(({ callFrame }) => callFrame.functionName !== idle);
  const total = times.reduce((sum, { us }) => sum + us, 0);
  const frames = times.map(({ callFrame, us }) => ({ us, ...placeOf(callFrame, sources) }));
  const share = (us) => [(us / 1000).toFixed(0), `${((100 * us) / total).toFixed(1)} %`];
  const tops = (key) =>
    [...summed(frames, key)]
      .sort(([, one], [, other]) => other - one)
      .slice(0, most)
      .map(([name, us]) => [name, ...share(us)]);
  const title = `${service}, ${(total / 1000).toFixed(0)} ms`;
  return [
    table([`${title}: function`, 'ms', 'self'], tops('name')),
    table([`${title}: package`, 'ms', 'self'], tops('owner')),
  ].join('\n\n');
}

/** Of each node of the call tree, in microseconds. */
function selfTimes({ nodes, samples, timeDeltas }) {
  const us = new Map();
  samples.forEach((id, at) => {
    // A delta is the time since the sample before.
    us.set(id, (us.get(id) ?? 0) + Math.max(0, timeDeltas[at + 1] ?? 0));
  });
  return nodes.map(({ id, callFrame }) => ({ callFrame, us: us.get(id) ?? 0 }));
}

function placeOf({ functionName, url, lineNumber, columnNumber }, sources) {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (functionName in outside) {
    return { name, owner: outside[functionName] };
  }
  if (url === '') {
    return { name: `${name} (native)`, owner: 'native code' };
  }
  if (url.startsWith('node:')) {
    return { name: `${name} ${url}:${lineNumber + 1}`, owner: 'node' };
  }
  const source = url.endsWith('/dist/main.js')
    ? sources.positionOf(lineNumber, columnNumber)
    : undefined;
  return source === undefined
    ? { name: `${name} ${url.replace(/.*\//, '')}:${lineNumber + 1}`, owner: 'the bundle itself' }
    : { name: `${name} ${shortOf(source.file)}:${source.line}`, owner: ownerOf(source.file) };
}

const packageName = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//;

const shortOf = (file) => file.replace(/.*node_modules\//, '');

/** A package of npm by its name; of ours the folder. */
function ownerOf(file) {
  if (file.startsWith(generated)) {
    return 'generated Prisma client';
  }
  return packageName.exec(file)?.[1] ?? file.split('/').slice(0, 2).join('/');
}

function summed(frames, key) {
  const sums = new Map();
  for (const frame of frames) {
    sums.set(frame[key], (sums.get(frame[key]) ?? 0) + frame.us);
  }
  return sums;
}
