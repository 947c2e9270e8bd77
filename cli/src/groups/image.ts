import type { Command } from 'commander';
import type { AttachAction } from '../action.js';

export function addImageCommands(program: Command, attach: AttachAction): void {
  const image = program.command('image').description('Images of disks');
  attach(
    image
      .command('check')
      .description('look into an image file as the image API does at its upload; needs qemu-img')
      .argument('<file>', 'disk image, raw or qcow2')
      .option('--format <format>', 'raw or qcow2, as it will be declared; default: what it is'),
    async () => (await import('../commands/image/check.js')).imageCheck,
  );
}
