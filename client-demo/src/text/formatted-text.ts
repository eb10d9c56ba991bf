/** A part of a line. `address` is where a link really leads, if its text does not show it. */
export type Inline =
  | string
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'em'; content: Inline[] }
  | { kind: 'link'; href: string; text: string; address: string | undefined };

/** An item of a list; `number` is what its author wrote, for a numbered list. */
export interface ListItem {
  number: number | undefined;
  content: Inline[];
}

/** A part of a text: lines, code as it was written, or a list. */
export type Block =
  | { kind: 'lines'; content: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'list'; ordered: boolean; items: ListItem[] };
