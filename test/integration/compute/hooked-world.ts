// A world whose steps can be met at each of their lines, and whose turns can be killed.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ModelDatabase } from '@metalcast/db/models';
import { nodeState, powerCommandState } from '@metalcast/domain';
import type { Plan } from '../../../services/compute/src/engine/plan.js';
import type { Await, Step } from '../../../services/compute/src/engine/step.js';
import type { Turn } from '../../../services/compute/src/engine/turn.js';
import { plans } from '../../../services/compute/src/operations/index.js';
import { mapSteps } from './plan-steps.js';
import { World } from './world.js';

/** The process is dead, or as good as: a connection that is gone ends a turn and all that would follow it. */
export class Killed extends Error {
  constructor(where: string) {
    super(`Connection terminated: killed ${where}`);
  }
}

/**
 * Where a step is met: before and after it is begun; when what it waits for has come, before and after what follows;
 * and when it has failed for good.
 */
export type Moment = 'before' | 'after' | 'met' | 'followed' | 'failed';

/** Called at each moment of a step, while its turn holds its rows. */
export type Hook = (turn: Turn, step: Pick<Step, 'name'>, at: Moment) => void | Promise<void>;

/** How the transaction of a turn ends: killed before its commit, or with a commit whose answer is lost. */
interface Ending {
  how?: 'killed' | 'answer lost';
}

/** A world with the real plans, in which every operation may have a hook. */
export class HookedWorld {
  /** By operation. */
  readonly hooks = new Map<string, Hook>();
  /** Of all operations, if there is one. */
  always: Hook | undefined;
  private readonly endings = new AsyncLocalStorage<Ending>();
  private opened: World | undefined;

  static async open(overrides: Record<string, string> = {}): Promise<HookedWorld> {
    const hooked = new HookedWorld();
    const used: Record<string, Plan> = Object.fromEntries(
      Object.entries(plans).map(([kind, plan]) => [
        kind,
        hooked.hookFailures(mapSteps(plan, (step) => hooked.hook(step))),
      ]),
    );
    const world = await World.open(overrides, used, {
      poolSize: 20,
      around: (database) => hooked.mortal(database),
    });
    await world.network('10.9.0.0/16', '10.9.250.250');
    await guardOff(world.database);
    hooked.opened = world;
    return hooked;
  }

  get world(): World {
    if (this.opened === undefined) {
      throw new Error('the world is not open');
    }
    return this.opened;
  }

  /** The turn that runs now ends so. */
  endTurn(how: 'killed' | 'answer lost'): void {
    const ending = this.endings.getStore();
    if (ending === undefined) {
      throw new Error('no turn runs here');
    }
    ending.how = how;
  }

  private hook(step: Step): Step {
    const { awaits } = step;
    return {
      ...step,
      begin: async (turn) => {
        await this.meet(turn, step, 'before');
        await step.begin?.(turn);
        await this.meet(turn, step, 'after');
      },
      ...(awaits === undefined ? {} : { awaits: this.hookMet(step, awaits) }),
    };
  }

  private hookMet(step: Step, awaits: Await): Await {
    return {
      ...awaits,
      onMet: async (turn) => {
        await this.meet(turn, step, 'met');
        await awaits.onMet?.(turn);
        await this.meet(turn, step, 'followed');
      },
    };
  }

  private hookFailures(plan: Plan): Plan {
    const meet = (turn: Turn): Promise<void> =>
      this.meet(turn, { name: turn.operation.step }, 'failed');
    return {
      ...plan,
      failed: async (turn, fault) => {
        await meet(turn);
        return plan.failed(turn, fault);
      },
      undoFailed: async (turn, fault) => {
        await meet(turn);
        await plan.undoFailed?.(turn, fault);
      },
    };
  }

  private async meet(...met: Parameters<Hook>): Promise<void> {
    await this.always?.(...met);
    await this.hooks.get(met[0].operation.id)?.(...met);
  }

  private mortal(database: ModelDatabase): ModelDatabase {
    const quickTransaction: ModelDatabase['quickTransaction'] = (work) => {
      const ending: Ending = {};
      return this.endings.run(ending, async () => {
        const dieIfKilled = () => {
          if (ending.how === 'killed') {
            throw new Killed('before the commit');
          }
        };
        const result = await database.quickTransaction(async (tx) => {
          const value = await work({
            ...tx,
            // The commit goes with the last statement.
            finish: async (build) => {
              dieIfKilled();
              return tx.finish(build);
            },
          });
          dieIfKilled();
          return value;
        });
        if (ending.how === 'answer lost') {
          throw new Killed('after the commit');
        }
        return result;
      });
    };
    return Object.create(database, {
      quickTransaction: { value: quickTransaction },
    }) as ModelDatabase;
  }
}

/**
 * A node that was powered is not freed, and neither is an address that it may use, before "off" is confirmed in its
 * epoch. The guard of addresses sees whole nodes, as compute does not.
 */
async function guardOff({ prisma }: ModelDatabase): Promise<void> {
  await prisma.$executeRawUnsafe(`
    CREATE FUNCTION is_off(n nodes) RETURNS boolean LANGUAGE sql AS $$
      SELECT n.touched IS DISTINCT FROM 'power' OR EXISTS (
        SELECT FROM power_commands p
         WHERE p.node_id = n.id AND p.epoch = n.epoch AND p.target = 'off' AND p.state = '${powerCommandState.succeeded}') $$`);
  await prisma.$executeRawUnsafe(`
    CREATE FUNCTION node_is_off() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT is_off(OLD) THEN RAISE EXCEPTION 'node % is freed before it is off', OLD.id; END IF;
      RETURN NEW;
    END $$`);
  await prisma.$executeRawUnsafe(`
    CREATE FUNCTION port_is_off() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      IF EXISTS (SELECT FROM nodes n WHERE (n.id = OLD.reserved_for OR n.instance_uuid::text = OLD.device_id) AND NOT is_off(n)) THEN
        RAISE EXCEPTION 'address % is freed before its node is off', OLD.ip_address;
      END IF;
      RETURN OLD;
    END $$`);
  await prisma.$executeRawUnsafe(`
    CREATE TRIGGER node_is_off BEFORE UPDATE ON nodes FOR EACH ROW
      WHEN (NEW.task_state = '${nodeState.deleted}' AND OLD.task_state IS DISTINCT FROM '${nodeState.deleted}') EXECUTE FUNCTION node_is_off()`);
  await prisma.$executeRawUnsafe(
    'CREATE TRIGGER port_is_off BEFORE DELETE ON ports FOR EACH ROW EXECUTE FUNCTION port_is_off()',
  );
}
