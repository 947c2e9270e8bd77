// A process that floods until it is killed: node flooder.mjs, told by a message {name, url, token, image}.
import { Agent } from 'node:http';
import { floods } from './floods.mjs';

process.once('message', ({ name, ...api }) => {
  const { clients, turn } = floods[name];
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const answers = {};
  let count = 0;
  const client = async () => {
    for (;;) {
      count += 1;
      const answer = await turn({ ...api, agent }, count);
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
  };
  for (let index = 0; index < clients; index += 1) void client();
  process.on('message', () => process.send(answers));
  process.send('begun');
});
process.once('disconnect', () => process.exit());
