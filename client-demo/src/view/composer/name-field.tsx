import './name-field.css';
import { type RefObject, useId } from 'react';
import { Badge } from '../badge.tsx';
import { Fault } from '../fault.tsx';
import type { Person } from './use-stored-name.ts';

/** The name to post under. */
export function NameField(props: {
  person: Person;
  label: string;
  placeholder?: string;
  fault?: string | undefined;
  field?: RefObject<HTMLInputElement | null>;
}) {
  const { name, setName } = props.person;
  const id = useId();
  return (
    <div className="field name-field">
      <label htmlFor={id}>{props.label}</label>
      <div className="name-box">
        <Badge name={name.trim()} />
        <input
          id={id}
          ref={props.field}
          data-testid="name-input"
          value={name}
          onChange={({ target }) => setName(target.value)}
          placeholder={props.placeholder}
          dir="auto"
          autoComplete="nickname"
          spellCheck="false"
          aria-invalid={props.fault !== undefined}
          aria-describedby={props.fault === undefined ? undefined : `${id}-fault`}
        />
      </div>
      <Fault text={props.fault} id={`${id}-fault`} />
    </div>
  );
}
