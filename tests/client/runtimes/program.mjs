// Posts and reads 100 messages by the installed package; writes the states and what arrives.
import { connect } from '@parley/client';

const [url, token] = process.argv.slice(2);
const client = connect(url, { token: async () => token });
client.on('state', (state) => console.log(state));
const lobby = client.channel('lobby');
let posted = 0;
const timer = setInterval(() => {
  lobby.send(`m${++posted}`);
  if (posted === 100) clearInterval(timer);
}, 20);
for await (const { seq, message } of lobby) {
  console.log(`${seq} ${message}`);
  if (seq === 100) client.close();
}
