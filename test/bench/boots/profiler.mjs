// Loaded into a service before its program: SIGUSR2 begins V8's sampling profile, the next SIGUSR2 ends it and writes
// it.
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import process from 'node:process';

const file = process.env.BENCH_PROFILE;
const intervalUs = 500;
let session;

async function begin() {
  session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: intervalUs });
  await session.post('Profiler.start');
  writeWhole(`${file}.begun`, '');
}

async function end() {
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  session = undefined;
  writeWhole(file, JSON.stringify(profile));
}

/** Under its name it is whole. */
function writeWhole(name, text) {
  writeFileSync(`${name}.part`, text);
  renameSync(`${name}.part`, name);
}

process.on('SIGUSR2', () => {
  void (session === undefined ? begin() : end());
});
