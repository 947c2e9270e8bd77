import { spawn } from 'node:child_process';

/**
 * Runs a program to its end and returns its standard output as text.
 * Throws with the last lines of its standard error when it is missing or fails.
 */
export function tool(command, args, { cwd, env, tolerate = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, LC_ALL: 'C', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out = [];
    let complaints = '';
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => (complaints = (complaints + chunk).slice(-4000)));
    child.on('error', (cause) => reject(missing(command, cause)));
    child.on('close', (code) => {
      if (code === 0 || tolerate) resolve(Buffer.concat(out).toString());
      else
        reject(new Error(`${command} ${args[0] ?? ''} ended with ${code}: ${complaints.trim()}`));
    });
  });
}

function missing(command, cause) {
  const hint =
    cause.code === 'ENOENT' ? ' (the packages it needs are in ramdisk/packages.txt)' : '';
  return new Error(`cannot run ${command}${hint}: ${cause.message}`, { cause });
}

/** Programs lie in sbin too, which an ordinary user's PATH lacks. */
process.env.PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
