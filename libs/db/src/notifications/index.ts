// What notifications tell of an instance beside its row: for libs/service, which sends those of all services.
export {
  surroundingsOf,
  type InstanceSurroundings,
  type NotifiedColumns,
  type NotifiedPort,
} from './surroundings.js';
