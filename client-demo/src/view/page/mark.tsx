/** Parley's logo: two speech shapes that face each other. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        className="mark-one"
        d="M9.5 3h7A6.5 6.5 0 0 1 23 9.5v1h-3.5a8 8 0 0 0-8 8V19H3V9.500A6.5 6.5 0 0 1 9.5 3z"
      />
      <path
        className="mark-two"
        d="M19.5 13H29v9.500a6.5 6.5 0 0 1-6.5 6.500h-3A6.5 6.5 0 0 1 14 22.500v-4A5.5 5.5 0 0 1 19.5 13z"
      />
    </svg>
  );
}
