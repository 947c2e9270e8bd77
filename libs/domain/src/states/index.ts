// Every lifecycle, as a table: the docs page of the states, the CHECK constraints and the types come from these.
export * from './deployment.js';
export * from './image.js';
export * from './instance.js';
export * from './machine.js';
export * from './node.js';
export * from './operation.js';
export * from './power-command.js';
