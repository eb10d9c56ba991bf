import './badge.css';
import { nameHue, nameInitial } from '../account/name-hue.ts';

/** The initial of a name on the name's colour, or an outline if there is no name. */
export function Badge({ name }: { name: string }) {
  if (name === '') {
    return (
      <svg className="badge" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
        <path d="M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-5.5 6a5.5 5.5 0 0 1 11 0" />
      </svg>
    );
  }
  return (
    <span className="badge" data-hue={nameHue(name)} aria-hidden="true">
      {nameInitial(name)}
    </span>
  );
}
