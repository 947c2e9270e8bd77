export type {
  InstanceChange,
  NodeChange,
  OperationChange,
  TurnInstance,
  TurnNode,
  TurnOperation,
} from './columns.js';
export {
  readTurn,
  type TurnBoot,
  type TurnDeployment,
  type TurnPower,
  type TurnRows,
  type TurnTarget,
} from './read.js';
export {
  writeTurn,
  type FollowingOperation,
  type JournalStep,
  type StepEnd,
  type TurnChanges,
} from './write.js';
export { newestStep, noteStep, type NewestStep } from './journal.js';
