import { Listr, PRESET_TIMER } from 'listr2';

/** One idempotent step of a command: finished work is kept. */
export interface Step<Context> {
  readonly title: string;
  /** Keeps all reported lines on the screen, not only the last one. */
  readonly keepsLines?: true;
  /** `report` shows progress; the last line is visible while the step runs. */
  run(context: Context, report: (line: string) => void): Promise<void>;
}

const allLines = { outputBar: Number.POSITIVE_INFINITY, persistentOutput: true };

/** Runs the steps one after another and shows them: live on a terminal, as plain lines elsewhere. */
export async function runSteps<Context>(
  steps: readonly Step<Context>[],
  context: Context,
): Promise<void> {
  const tasks = steps.map((step) => ({
    title: step.title,
    task: (_: unknown, shown: { output: string }) =>
      step.run(context, (line) => {
        shown.output = line;
      }),
  }));
  const live = tasks.map((task, index) => ({
    ...task,
    rendererOptions: steps[index]?.keepsLines === true ? allLines : {},
  }));
  const rendererOptions = { timer: PRESET_TIMER };
  await (
    process.stdout.isTTY
      ? new Listr(live, { renderer: 'default', rendererOptions })
      : new Listr(tasks, { renderer: 'simple', rendererOptions })
  ).run();
}
