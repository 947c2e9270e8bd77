// What notifications tell of an instance beside its row: for libs/service, which sends those of all services.
export {
  relationsOf,
  type InstanceRelations,
  type NotifiedColumns,
  type NotifiedPort,
} from './relations.js';
