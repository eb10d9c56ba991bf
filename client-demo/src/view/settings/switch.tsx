import { useId } from 'react';

/** A setting that is on or off. */
export function Switch(props: {
  label: string;
  hint?: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
  testId: string;
}) {
  const id = useId();
  return (
    <div className="switch">
      <input
        id={id}
        type="checkbox"
        // biome-ignore lint/a11y/useAriaPropsForRole: a checkbox has its state by itself
        role="switch"
        checked={props.checked}
        disabled={props.disabled}
        onChange={({ target }) => props.onChange(target.checked)}
        aria-describedby={props.hint && `${id}-hint`}
        data-testid={props.testId}
      />
      <label htmlFor={id}>{props.label}</label>
      {props.hint && (
        <p className="switch-hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  );
}
