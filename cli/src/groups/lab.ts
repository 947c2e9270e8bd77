import type { Command } from 'commander';
import type { Reporter } from '../result.js';

/** Without an action of its own, because the lab writes to the terminal itself. */
export function addLabCommand(program: Command, report: Reporter): void {
  const lab = program
    .command('lab')
    .description('run a rack of virtual machines on this host: up (default), status, console, down')
    .usage('[up|status|console|down] [options of the lab]')
    .argument('[arguments...]')
    .allowUnknownOption();
  lab.action(async () => {
    const { runLab } = await import('../commands/lab.js');
    const json = lab.optsWithGlobals<{ json?: true }>().json === true;
    report(await runLab([...lab.args, ...(json ? ['--json'] : [])]));
  });
}
