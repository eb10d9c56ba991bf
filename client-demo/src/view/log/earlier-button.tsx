import type { OpenChannel } from '../state/use-channel.ts';

const LABEL = {
  idle: 'Earlier messages',
  loading: 'Loading…',
  failed: 'Earlier messages could not be loaded. Try again',
} as const;

/** Loads the messages before the first one shown. */
export function EarlierButton(props: { state: OpenChannel['earlier']; onClick: () => void }) {
  return (
    <button
      type="button"
      className="quiet-button earlier"
      aria-disabled={props.state === 'loading'}
      onClick={props.onClick}
    >
      {LABEL[props.state]}
    </button>
  );
}
