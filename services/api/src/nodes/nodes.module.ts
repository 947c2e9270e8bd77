import { Module } from '@nestjs/common';
import { Enrolments } from './enrolments.js';
import { NodeChanges } from './node-changes.js';
import { NodeRemovals } from './node-removals.js';
import { Nodes } from './nodes.js';

/** The machines, for each API that shows or changes them. */
@Module({
  providers: [Enrolments, NodeChanges, NodeRemovals, Nodes],
  exports: [Enrolments, NodeChanges, NodeRemovals, Nodes],
})
export class NodesModule {}
