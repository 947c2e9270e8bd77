import { Listr, PRESET_TIMER } from 'listr2';

/** One step of a command, repeatable: what is done already is left as it is. */
export interface Step<Context> {
  readonly title: string;
  /** All that it tells stays to be read, not only the last line. */
  readonly story?: true;
  /** `tell` shows what it is at; the last line told is seen while it works. */
  run(context: Context, tell: (line: string) => void): Promise<void>;
}

const wholeStory = { outputBar: Number.POSITIVE_INFINITY, persistentOutput: true };

/** Runs the steps one after the other, and shows them: live on a terminal, as plain lines elsewhere. */
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
    rendererOptions: steps[index]?.story === true ? wholeStory : {},
  }));
  const rendererOptions = { timer: PRESET_TIMER };
  await (
    process.stdout.isTTY
      ? new Listr(live, { renderer: 'default', rendererOptions })
      : new Listr(tasks, { renderer: 'simple', rendererOptions })
  ).run();
}
