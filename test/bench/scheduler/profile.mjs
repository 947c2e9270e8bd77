// Where the CPU goes: the functions in which most samples lie.
import { Session } from 'node:inspector';

/** `work` is synchronous. Names with their share, the most first. */
export function profiled(work, most = 4) {
  const session = new Session();
  session.connect();
  const ask = (method) => {
    let answer;
    session.post(method, (error, result) => {
      if (error) throw error;
      answer = result;
    });
    return answer;
  };
  ask('Profiler.enable');
  ask('Profiler.start');
  work();
  const { profile } = ask('Profiler.stop');
  session.disconnect();
  return sharesOf(profile)
    .slice(0, most)
    .map(({ name, share }) => `${name} ${Math.round(share * 100)} %`);
}

function sharesOf({ nodes, samples }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const counts = new Map();
  for (const id of samples) {
    const name = names.get(id);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .map(([name, count]) => ({ name, share: count / samples.length }))
    .sort((one, other) => other.share - one.share);
}

const nameOf = ({ functionName, url }) => {
  const file = url.split('/').at(-1);
  return `${functionName || 'a closure'}${file === '' ? '' : ` (${file})`}`;
};
