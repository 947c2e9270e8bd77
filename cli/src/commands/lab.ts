import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { CommandFailure } from '../failure.js';

/** The path is the same from src and dist. */
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs the checkout's lab in this terminal, as `npm run lab` does. Resolves with its exit code. */
export function runLab(args: readonly string[]): Promise<number> {
  const script = `${root}lab/up.mjs`;
  if (!existsSync(script)) {
    throw new CommandFailure(
      'This installation has no lab: the lab needs a checkout of the repository.',
    );
  }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
    const forward = (signal: NodeJS.Signals): void => {
      child.kill(signal);
    };
    // The terminal sends SIGINT to both processes; only the lab may react.
    const ignore = (): void => undefined;
    process.on('SIGINT', ignore).on('SIGTERM', forward);
    child.once('error', reject).once('close', (code, signal) => {
      process.off('SIGINT', ignore).off('SIGTERM', forward);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
