export * from './faults.js';
export * from './ids.js';
export * from './instance-states.js';
export * from './ipv4.js';
export * from './machine.js';
export * from './milestones.js';
export * from './node-states.js';
export * from './power-state.js';
