/** An event as it crosses a boundary: JSON with a type. */
export interface EventObject {
  readonly type: string;
  readonly [property: string]: unknown;
}
