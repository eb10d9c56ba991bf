// Posts and reads 100 messages by the installed package; writes the states and what arrives.
import { connect } from '@parley/client';

const [url, token] = process.argv.slice(2);
const client = connect(url, { token: async () => token });
client.on('state', (state) => console.log(state));
const lobby = client.channel('lobby');
const posts = [];
const timer = setInterval(() => {
  posts.push(lobby.send(`m${posts.length + 1}`));
  if (posts.length === 100) clearInterval(timer);
}, 20);
for await (const { seq, message } of lobby) {
  console.log(`${seq} ${message}`);
  if (seq < 100) continue;
  await Promise.all(posts);
  client.close();
}
