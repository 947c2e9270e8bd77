import { Module } from '@nestjs/common';
import { NodesModule } from '../nodes/nodes.module.js';
import { BootImages } from './boot-images.js';
import { Placements } from './placements.js';

/** The image and the place of a server, for requests that build servers and those that explain. */
@Module({
  imports: [NodesModule],
  providers: [BootImages, Placements],
  exports: [BootImages, Placements],
})
export class PlacementModule {}
