// What compute alone reads and writes: an operation's turn, and which operations are due.
export { bootServicesOf } from './boot-services.js';
export { dueOperations } from './due-operations.js';
export { SavepointQueries } from './savepoint.js';
export { unsentCasts, type Unsent } from './unsent-casts.js';
export { untakenMessages } from './untaken-messages.js';
export type {
  InstanceChange,
  NodeChange,
  OperationChange,
  TurnInstance,
  TurnNode,
  TurnOperation,
} from './turn/columns.js';
export { newestStep, noteStep, type NewestStep } from './turn/journal.js';
export {
  readTurn,
  type TurnBoot,
  type TurnDeployment,
  type TurnPower,
  type TurnRows,
  type TurnTarget,
} from './turn/read.js';
export {
  writeTurn,
  type FollowingOperation,
  type JournalStep,
  type StepEnd,
  type TurnChanges,
} from './turn/write.js';
