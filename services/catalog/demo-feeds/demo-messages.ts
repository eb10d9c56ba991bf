import { fileURLToPath } from 'node:url';
import { loadType } from '../protobuf/load-type.ts';

const file = (name: string) => fileURLToPath(new URL(`../feeds/${name}`, import.meta.url));

const TEAMS = ['Ajax', 'Boca', 'Celtic', 'Dynamo', 'Español', 'Flamengo', 'Göteborg', '横浜'];
const HAPPENINGS = ['start', 'score', 'foul', 'time out', 'substitution', 'end'];
const SYMBOLS = ['AAPL', 'BTC-EUR', 'DAX', 'EURUSD', 'GOLD', 'VOD.L'];
const MARKETS = ['XETRA', 'NASDAQ', 'LSE'];
const STATES = ['NEW', 'PARTIAL', 'FILLED', 'CANCELLED'];
const SPORTS = 7;

/** Makes the bytes of messages of both feeds; the same seed makes the same messages. */
export function openDemoMessages(seed: number) {
  const event = loadType(file('sport_event.proto'), 'event');
  const execution = loadType(file('execution.proto'), 'execution');
  const random = openRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const oneOf = (texts: string[]) => texts[below(texts.length)] ?? '';
  let count = 0;
  return {
    sportEvent: () =>
      event
        .encode({
          sport: 1 + below(SPORTS),
          match_title: `${oneOf(TEAMS)} – ${oneOf(TEAMS)}`,
          data_event: `${oneOf(HAPPENINGS)} ${++count}`,
        })
        .finish(),
    execution: () =>
      execution
        .encode({
          symbol: oneOf(SYMBOLS),
          market: oneOf(MARKETS),
          price: Math.round(random() * 1e6) / 100,
          quantity: 1 + below(1_000),
          executionEpoch: 1_500_000_000_000 + below(1e9),
          stateSymbol: oneOf(STATES),
        })
        .finish(),
  };
}

/** Numbers from 0 to 1 (mulberry32, Tommy Ettinger): short code, and random enough for a demo. */
function openRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
