// A process that writes to the outbox and publishes it: node owner-main.mjs URL. Orders come in, one JSON object a
// line: {emit: subject, mark} writes an event; {confirm: true} lets the broker confirm, also what it has been asked
// before, until {confirm: false}. What is published goes out: {publishing: body} and, when confirmed, {confirmed:
// body}.
import { createInterface } from 'node:readline';
import { Database, Relay } from '@metalcast/db';

const [, , url] = process.argv;
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
let confirming = false;
let waiting = [];

const database = new Database({ url, poolSize: 4, applicationName: 'owner' });
const publisher = {
  publish: async ({ body }) => {
    say({ publishing: body });
    if (!confirming) {
      await new Promise((resolve) => waiting.push(resolve));
    }
    say({ confirmed: body });
    return 'confirmed';
  },
  deadLetter: async () => undefined,
};
const logger = { warn: (_, message) => say({ warning: message }) };
database.publishBy(new Relay({ url, publisher, logger, applicationName: 'owner' }));

createInterface({ input: process.stdin }).on('line', async (line) => {
  const order = JSON.parse(line);
  if (order.emit !== undefined) {
    await database.quickTransaction(async ({ out }) => {
      out.emit({ type: 'test.happened', subject: order.emit, data: { mark: order.mark } });
    });
    say({ written: order.mark });
  } else {
    confirming = order.confirm;
    if (confirming) {
      waiting.forEach((confirm) => confirm());
      waiting = [];
    }
  }
});
