import { useRef, useState } from 'react';

/** The emoji that the page offers. */
const EMOJIS = ['👍', '❤️', '😂', '🎉', '😮', '🙏'];

/** A button that opens the emoji with which a reader can react. Escape and a choice close it. */
export function EmojiChoice(props: { own: readonly string[]; onReact: (emoji: string) => void }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const choose = (emoji: string) => {
    close();
    props.onReact(emoji);
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className="tool"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        data-testid="react"
      >
        React
      </button>
      {open && (
        <fieldset
          className="choice"
          aria-label="React with"
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            event.preventDefault();
            close();
          }}
        >
          {EMOJIS.map((emoji) => (
            <button
              key={emoji}
              type="button"
              className="tool emoji"
              aria-pressed={props.own.includes(emoji)}
              aria-label={emoji}
              onClick={() => choose(emoji)}
              data-testid="choose-reaction"
            >
              {emoji}
            </button>
          ))}
        </fieldset>
      )}
    </>
  );
}
