import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { until } from '@parley/testkit/until.ts';
import { type BudgetNotes, StreamBudget } from './stream-budget.ts';

let browsers = 0;

/** A browser whose tabs may hold two streams in total. */
function openBrowser(t: TestContext) {
  browsers += 1;
  const name = `budget-${browsers}`;
  return (shown = true) => {
    const tab = { granted: true, budget: undefined as unknown as StreamBudget };
    tab.budget = new StreamBudget(
      new BroadcastChannel(name) as unknown as BudgetNotes,
      (granted) => {
        tab.granted = granted;
      },
      2,
    );
    tab.budget.claim(shown);
    t.after(() => tab.budget.close());
    return tab;
  };
}

const hold = (...tabs: { granted: boolean }[]) => tabs.map(({ granted }) => granted).join();

test('the tabs that were used last hold the streams', async (t) => {
  const openTab = openBrowser(t);
  const first = openTab();
  const second = openTab();
  assert.equal(hold(first, second), 'true,true');
  await new Promise((resolve) => setTimeout(resolve, 2));
  const third = openTab();
  await until(
    'two tabs hold a stream',
    () => [first, second, third].filter((tab) => tab.granted).length === 2,
  );
  assert.equal(third.granted, true);
  const without = first.granted ? second : first;
  without.budget.used(true);
  await until('the used tab has a stream', () => without.granted);
  await until('one of the others has none', () => hold(first, second, third).includes('false'));
});

test('a hidden tab comes after the visible ones', async (t) => {
  const openTab = openBrowser(t);
  const [first, second, hidden] = [openTab(), openTab(), openTab(false)];
  await until(
    'the hidden tab has no stream',
    () => hold(first, second, hidden) === 'true,true,false',
  );
  first.budget.used(false);
  await until(
    'the tab used last still has its stream',
    () => hold(first, second, hidden) === 'true,true,false',
  );
  hidden.budget.used(true);
  await until(
    'the tab that became visible has a stream',
    () => hold(first, second, hidden) === 'false,true,true',
  );
});

test('a closed tab leaves its stream to another', async (t) => {
  const openTab = openBrowser(t);
  const [first, second, hidden] = [openTab(), openTab(), openTab(false)];
  await until(
    'the hidden tab has no stream',
    () => hold(first, second, hidden) === 'true,true,false',
  );
  first.budget.close();
  await until('the hidden tab gets a stream', () => hidden.granted);
});
