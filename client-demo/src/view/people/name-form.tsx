import { type FormEvent, type RefObject, useEffect, useId } from 'react';

/** A field for one name after the other. The browser completes the `offered` names. */
export function NameForm(props: {
  field: RefObject<HTMLInputElement | null>;
  offered: Iterable<string>;
  /** Called with the typed name, which is '' when nothing is typed. */
  onAdd: (name: string) => void;
}) {
  const id = useId();
  useEffect(() => props.field.current?.focus(), [props.field]);
  const add = (event: FormEvent) => {
    event.preventDefault();
    props.onAdd(takeName(props.field));
    props.field.current?.focus();
  };
  return (
    <form className="name-form" onSubmit={add}>
      <div className="field">
        <label htmlFor={id}>Name of a person</label>
        <input
          id={id}
          ref={props.field}
          list={`${id}-names`}
          data-testid="person-input"
          maxLength={64}
          dir="auto"
          autoCapitalize="none"
          autoComplete="off"
          spellCheck="false"
          enterKeyHint="enter"
        />
        <datalist id={`${id}-names`}>
          {[...props.offered].map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </div>
      <button type="submit" className="button" data-testid="person-add">
        Add
      </button>
    </form>
  );
}

/** Takes the typed name out of the field. */
export function takeName({ current }: RefObject<HTMLInputElement | null>): string {
  const name = current?.value.trim() ?? '';
  if (current) current.value = '';
  return name;
}
