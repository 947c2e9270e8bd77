// Loaded into a service's process beside it (node --import): fails where nobody catches, when a signal says so.
process.on('SIGUSR2', () => {
  Promise.reject(new Error('injected for amqp://user:canary@host/'));
});
process.on('SIGWINCH', () => {
  throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
});
process.on('SIGHUP', () => {
  throw new TypeError('injected for postgresql://user:canary@host/name');
});
