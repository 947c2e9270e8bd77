export { startDaemon, type Daemon, type DaemonExit, type DaemonOptions } from './daemon.js';
export type { OutputLimit } from './kept-output.js';
export { killGroup } from './process-group.js';
export { run, type RunOptions, type RunResult } from './run.js';
