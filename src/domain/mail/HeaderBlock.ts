/** Header block; the owner of `domain/mail` completes it. */
export interface HeaderBlock {
  readonly fields: ReadonlyArray<{ readonly name: string; readonly raw: string }>
}
